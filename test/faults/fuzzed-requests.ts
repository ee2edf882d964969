/** HTTP requests as nobody should send them: right ones with something broken, and noise. All of it by chance from one source. */
const RESERVATION = '0190b7a0-0000-8000-8000-000000000000';
const SKU = 'fuzzed';
const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'TRACE', 'get', 'FOO', ''];
const PATHS = [
  '/v1/reservations',
  `/v1/reservations/${RESERVATION}`,
  ...['confirm', 'cancel', 'extend', 'events'].map((what) => `/v1/reservations/${RESERVATION}/${what}`),
  `/v1/skus/${SKU}/availability`,
  `/v1/admin/skus/${SKU}`,
  ...['adjustments', 'pause', 'resume', 'decisions'].map((what) => `/v1/admin/skus/${SKU}/${what}`),
  ...['status', 'audit', 'sale', 'dead-letters', 'dead-letters/0-0', 'dead-letters/redrive'].map((what) => `/v1/admin/${what}`),
  ...['/livez', '/readyz', '/openapi.json', '/docs', '/problems/sold-out', '/', '*', '//', '/%E0%A4%A', '/v1/../v1/reservations'],
];
const QUERIES = ['', '', '', '?', '?limit=5', '?skuId=fuzzed&status=RESERVED', '?cursor=AAAA', '?a=1&a=2', '?%00', `?${'x=1&'.repeat(40)}`];
const VALUES = [
  '0',
  '-1',
  '1.5',
  '1e400',
  '9007199254740993',
  '""',
  '"1"',
  'true',
  'null',
  '[]',
  '{}',
  '"\\u0000"',
  '"\\ud800"',
  `"${'a'.repeat(300)}"`,
];
const FIELDS = [
  'skuId',
  'quantity',
  'userId',
  'paymentReference',
  'delta',
  'reason',
  'total',
  'name',
  'state',
  '__proto__',
  'limit',
  'cursor',
];
const HEADERS = [
  'Prefer: wait=1',
  'Prefer: wait=99999',
  'If-Match: "1"',
  'If-Match: *',
  'If-None-Match: "0"',
  'Last-Event-ID: 3',
  'Content-Encoding: gzip',
  'Content-Encoding: nonsense',
  'Content-Type: text/plain',
  'Transfer-Encoding: chunked',
  'Content-Length: 7',
  'Expect: 100-continue',
  'Upgrade: websocket',
  'X-Request-Id: \x01',
  'X-Forwarded-For: 10.0.0.1, ::1',
  ` folded: yes`,
  `X-Long: ${'y'.repeat(20_000)}`,
  'Host: another',
  'Idempotency-Key: second',
];

/** @param apiKey of both scopes. @param random uniform in [0, 1): the same source gives the same requests */
export function fuzzedRequests(apiKey: string, random: () => number): () => Buffer {
  let count = 0;
  const below = (most: number): number => Math.floor(random() * most);
  const pick = <T>(from: readonly T[]): T => from[below(from.length)] as T;
  const chance = (share: number): boolean => random() < share;
  const noise = (most: number): Buffer => Buffer.from(Array.from({ length: below(most) }, () => below(256)));

  function body(): string {
    const right = { skuId: SKU, quantity: 1, userId: `buyer-${count}` };
    if (chance(0.4)) return JSON.stringify(right);
    const fields = Array.from({ length: below(5) }, () => `"${pick(FIELDS)}":${pick(VALUES)}`);
    if (chance(0.2)) fields.push(`"deep":${'['.repeat(below(800))}`);
    return chance(0.1) ? pick(VALUES) : `{${fields.join(',')}}`;
  }

  function right(): Buffer {
    const method = chance(0.5) ? 'POST' : pick(METHODS);
    const path = chance(0.4) ? '/v1/reservations' : pick(PATHS) + pick(QUERIES);
    const text = method === 'POST' || method === 'PUT' || chance(0.1) ? body() : '';
    const lines = [`${method} ${path} HTTP/1.1`, 'Host: shop', 'Connection: close', `Idempotency-Key: k${count}`];
    if (!chance(0.1)) lines.push(`Authorization: Bearer ${apiKey}`);
    if (text !== '') lines.push('Content-Type: application/json', `Content-Length: ${Buffer.byteLength(text)}`);
    while (chance(0.3)) lines.splice(1 + below(lines.length), 0, pick(HEADERS));
    return Buffer.from(`${lines.join('\r\n')}\r\n\r\n${text}`, 'latin1');
  }

  /** One piece of it changed. */
  function broken(bytes: Buffer): Buffer {
    const [at, length] = [below(bytes.length), 1 + below(20)];
    const [head, tail] = [bytes.subarray(0, at), bytes.subarray(at)];
    switch (below(6)) {
      case 0:
        return Buffer.concat([head, tail.subarray(length)]);
      case 1:
        return Buffer.concat([head, tail.subarray(0, length), tail]);
      case 2:
        return Buffer.concat([head, noise(length), tail.subarray(length)]);
      case 3:
        return head;
      case 4:
        return Buffer.concat([bytes, bytes]);
      default: {
        const flipped = Buffer.from(bytes);
        flipped[at] = (flipped[at] ?? 0) ^ (1 << below(8));
        return flipped;
      }
    }
  }

  return () => {
    count += 1;
    if (chance(0.05)) return noise(2_000);
    let bytes = right();
    while (chance(0.6) && bytes.length > 0) bytes = broken(bytes);
    return bytes;
  };
}
