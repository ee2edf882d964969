import { gzipSync } from 'node:zlib';
import { type Listening, listen, problemOf } from './fixtures/raw-client.js';
import { ADMIN_KEY, fixture, SHOP_KEY } from './fixtures/services.js';

/** Raw sockets: a client library would mend most of this before it is sent. */
const service = fixture();
let server: Listening;
beforeAll(async () => {
  server = await listen(service);
});
afterAll(() => server.drain(0));
afterEach(() => expect(service.reserveRequests.splice(0)).toEqual([]));

const GOOD = '{"skuId":"a","quantity":1,"userId":"u"}';
const KEY = 'Idempotency-Key: k';
const AUTH = `Authorization: Bearer ${SHOP_KEY}`;
const JSON_TYPE = 'Content-Type: application/json';

const send = (lines: readonly string[], body: string | Buffer = '') => problemOf(server.port, lines, body);

interface Post {
  readonly body: string | Buffer;
  readonly headers?: readonly string[];
}

const post = ({ body, headers = [AUTH, KEY, JSON_TYPE] }: Post) => {
  const length = `Content-Length: ${Buffer.byteLength(body)}`;
  return send(['POST /v1/reservations HTTP/1.1', 'Host: shop', 'Connection: close', ...headers, length], body);
};
const get = (target: string, ...headers: string[]) => send([`GET ${target} HTTP/1.1`, 'Host: shop', 'Connection: close', ...headers]);
const withField = (field: string, text: string) => ({ ...JSON.parse(GOOD), [field]: `@${text}@` });
const bodyWith = (field: string, json: string) => JSON.stringify(withField(field, '')).replace('"@@"', () => json);

test.each([
  ['truncated', '{"skuId":"a","quant', 'MALFORMED_JSON'],
  ['not JSON', 'skuId=a', 'MALFORMED_JSON'],
  ['not UTF-8', Buffer.from('{"skuId":"\xff"}', 'latin1'), 'MALFORMED_JSON'],
  ['a byte order mark', `\ufeff${GOOD}`, 'MALFORMED_JSON'],
  ['two values', `${GOOD}${GOOD}`, 'MALFORMED_JSON'],
  ['empty', '', 'INVALID_BODY'],
  ['a scalar', '1', 'INVALID_BODY'],
  ['null', 'null', 'INVALID_BODY'],
  ['an array', `[${GOOD}]`, 'INVALID_BODY'],
  ['600 deep', `{"skuId":${'['.repeat(600)}${']'.repeat(600)}}`, 'INVALID_BODY'],
  ['unknown property', bodyWith('colour', '"red"'), 'INVALID_BODY'],
  ['__proto__', bodyWith('\u005f_proto__', '{}'), 'INVALID_BODY'],
  ['escaped __proto__', GOOD.replace('{', '{"\\u005f_proto__":{"admin":true},'), 'INVALID_BODY'],
  ['duplicate key', GOOD.replace('{', '{"quantity":5,'), 'INVALID_BODY'],
  ['duplicate key, escaped', GOOD.replace('{', '{"quant\\u0069ty":5,'), 'INVALID_BODY'],
  ['no user', '{"skuId":"a","quantity":1}', 'INVALID_USER_ID'],
  ['a user with a quote', bodyWith('userId', '"a\'b"'), 'INVALID_USER_ID'],
  ['no SKU', '{"quantity":1,"userId":"u"}', 'INVALID_SKU'],
  ['no quantity', '{"skuId":"a","userId":"u"}', 'INVALID_QUANTITY'],
])('body %s: 400', async (_name, body, code) => {
  expect(await post({ body })).toMatchObject({ status: 400, code });
});

test.each(['0', '-1', '-0', '1.5', '"1"', 'true', 'null', '1e400', '9007199254740993', '[1]', '{}'])(
  'quantity %s: 400',
  async (quantity) => {
    expect(await post({ body: bodyWith('quantity', quantity) })).toMatchObject({ status: 400, code: 'INVALID_QUANTITY' });
  },
);

test.each([
  [
    'an unknown property before all',
    bodyWith('quantity', '0').replace('{', '{"colour":1,'),
    '"colour" is not a property that this route takes.',
  ],
  [
    'an unknown property as it is, but cut',
    bodyWith('quantity', '1').replace('{', `{"<b>\\"${'x'.repeat(99)}":1,`),
    `"<b>\\"${'x'.repeat(60)}" is not a property that this route takes.`,
  ],
  ['a field out of range', bodyWith('quantity', '0'), 'quantity must be at least 1.'],
  ['a field that is missing', '{"skuId":"a","userId":"u"}', 'quantity is missing.'],
  ['the first of two', '{"quantity":0,"userId":"u"}', 'skuId is missing.'],
])('says what is wrong: %s', async (_name, body, detail) => {
  expect((await post({ body })).detail).toBe(detail);
});

test('a quantity beyond any SKU: 422', async () => {
  expect(await post({ body: bodyWith('quantity', '1000000001') })).toMatchObject({ status: 422, code: 'QUANTITY_TOO_LARGE' });
});

test.each([
  'a b',
  'a/b',
  '',
  '-a',
  'x'.repeat(65),
  'x'.repeat(200),
  'a\u0000',
  '\ud800',
  'e\u0301',
  "a';--",
  'a")',
  'a\r\nX: y',
  'a\n',
  'ä',
])('skuId %j: 400', async (skuId) => {
  expect(await post({ body: bodyWith('skuId', JSON.stringify(skuId)) })).toMatchObject({ status: 400, code: 'INVALID_SKU' });
});

test.each([
  ['none', []],
  ['text', ['Content-Type: text/plain']],
  ['a form', ['Content-Type: application/x-www-form-urlencoded']],
  ['Latin-1', ['Content-Type: application/json; charset=iso-8859-1']],
  ['two charsets', ['Content-Type: application/json; charset=utf-8; charset=utf-7']],
  ['a prefix', ['Content-Type: application/json5']],
])('content type %s: 415', async (_name, headers) => {
  expect(await post({ body: GOOD, headers: [AUTH, KEY, ...headers] })).toMatchObject({ status: 415, code: 'UNSUPPORTED_MEDIA_TYPE' });
});

const BOMB = gzipSync(Buffer.alloc(1_000_000, ' '));

test.each([
  ['unknown', 'br', GOOD, 415, 'UNSUPPORTED_ENCODING'],
  ['twice', 'gzip, gzip', GOOD, 415, 'UNSUPPORTED_ENCODING'],
  ['corrupt', 'gzip', GOOD, 400, 'CORRUPT_ENCODING'],
  ['cut off', 'gzip', gzipSync(GOOD).subarray(0, 30), 400, 'CORRUPT_ENCODING'],
  ['a bomb', 'gzip', BOMB, 413, 'BODY_TOO_LARGE'],
  ['empty', 'gzip', '', 400, 'INVALID_BODY'],
])('content encoding %s', async (_name, encoding, body, status, code) => {
  const headers = [AUTH, KEY, JSON_TYPE, `Content-Encoding: ${encoding}`];
  expect(BOMB.length).toBeLessThan(4096);
  expect(await post({ body, headers })).toMatchObject({ status, code });
});

test('a body over 4 kB: 413, by its length or by its bytes', async () => {
  expect(await post({ body: `${GOOD}${' '.repeat(4096)}` })).toMatchObject({ status: 413, code: 'BODY_TOO_LARGE' });
  const chunked = ['POST /v1/reservations HTTP/1.1', 'Host: shop', 'Connection: close', AUTH, KEY, JSON_TYPE, 'Transfer-Encoding: chunked'];
  expect(await send(chunked, `1388\r\n${' '.repeat(5000)}\r\n0\r\n\r\n`)).toMatchObject({ status: 413, code: 'BODY_TOO_LARGE' });
});

test.each([
  ['missing', []],
  ['empty', ['Idempotency-Key: ']],
  ['256 characters', [`Idempotency-Key: ${'k'.repeat(256)}`]],
  ['non-ASCII', ['Idempotency-Key: schl\xfcssel']],
  ['sent twice', ['Idempotency-Key: a', 'idempotency-key: a']],
])('Idempotency-Key %s: 400', async (_name, headers) => {
  expect(await post({ body: GOOD, headers: [AUTH, JSON_TYPE, ...headers] })).toMatchObject({
    status: 400,
    code: 'INVALID_IDEMPOTENCY_KEY',
  });
});

/** What a token may be is in credentials.test.ts. */
const UNKNOWN = 'The credentials are malformed, unknown, or not signed by a key that is trusted here';
const TWICE = 'The Authorization header was sent twice';

test.each([
  ['none', [], null],
  ['empty', ['Authorization: '], null],
  ['no token', ['Authorization: Bearer '], null],
  ['another scheme', ['Authorization: Basic dTpw'], null],
  ['garbage', ['Authorization: Bearer ~\xff'], ['invalid_token', UNKNOWN]],
  ['two tokens in one', [`${AUTH} ${SHOP_KEY}`], ['invalid_token', UNKNOWN]],
  ['an unknown key', ['Authorization: Bearer fsk_unknown-key-of-nobody'], ['invalid_token', UNKNOWN]],
  ['sent twice', [AUTH, AUTH], ['invalid_request', TWICE]],
  ['sent twice, one of them no good', [AUTH, 'authorization: Bearer abc'], ['invalid_request', TWICE]],
])('credentials %s: 401', async (_name, headers, error) => {
  const answer = await post({ body: GOOD, headers: [KEY, JSON_TYPE, ...headers] });
  expect(answer).toMatchObject({ status: 401, code: 'UNAUTHENTICATED' });
  const [said, detail] = error === null ? ['', 'good here.'] : [`, error="${error[0]}", error_description="${error[1]}"`, `${error[1]}.`];
  expect(answer.head).toContain(`WWW-Authenticate: Bearer realm="flashsale"${said}\r\n`);
  expect(answer.detail).toContain(detail);
});

test('credentials come first: who may not ask learns nothing about the rest', async () => {
  expect((await post({ body: '{', headers: [] })).status).toBe(401);
  expect((await post({ body: '{', headers: [`Authorization: Bearer ${ADMIN_KEY}`] })).status).toBe(403);
});

test.each([
  ['an id that cannot be decoded', '/v1/reservations/%E0%A4%A', 400, 'INVALID_PATH'],
  ['a path that cannot be decoded', '/%E0%A4%A', 400, 'INVALID_PATH'],
  ['a SKU with NUL', '/v1/skus/%00/availability', 400, 'INVALID_SKU'],
  ['a SKU with a line end', '/v1/skus/a%0d%0ab/availability', 400, 'INVALID_SKU'],
  ['an unknown parameter', '/v1/skus/a/availability?fresh=1', 400, 'INVALID_QUERY'],
  ['1,001 parameters', `/livez?${'a=1&'.repeat(1001)}`, 400, 'INVALID_QUERY'],
  ['nothing', '/', 404, 'NOT_FOUND'],
  ['a slash too many', '/v1/reservations/', 404, 'NOT_FOUND'],
  ['another case', '/V1/skus/a/availability', 404, 'NOT_FOUND'],
  ['a parameter without a value', '/v1/reservations/0190b7a0-0000-8000-8000-000000000000?a', 400, 'INVALID_QUERY'],
  ['17,000 characters', `/${'a'.repeat(17_000)}`, 431, 'HEADERS_TOO_LARGE'],
])('path: %s', async (_, target, status, code) => {
  expect(await get(target, AUTH)).toMatchObject({ status, code });
});

test.each([
  ['DELETE', '/v1/reservations', 'GET, HEAD, POST'],
  ['OPTIONS', '/v1/reservations', 'GET, HEAD, POST'],
  ['POST', '/v1/reservations/0190b7a0-0000-8000-8000-000000000000/events', 'GET, HEAD'],
  ['POST', '/v1/admin/skus/a/decisions', 'GET, HEAD'],
  ['POST', '/v1/reservations/0190b7a0-0000-8000-8000-000000000000', 'GET, HEAD'],
  ['GET', '/v1/reservations/0190b7a0-0000-8000-8000-000000000000/confirm', 'POST'],
  ['PUT', '/v1/reservations/0190b7a0-0000-8000-8000-000000000000/cancel', 'POST'],
  ['DELETE', '/v1/reservations/0190b7a0-0000-8000-8000-000000000000/extend', 'POST'],
  ['PATCH', '/v1/admin/skus/a', 'GET, HEAD, PUT'],
  ['GET', '/v1/admin/skus/a/adjustments', 'POST'],
  ['PUT', '/v1/admin/skus/a/pause', 'POST'],
  ['DELETE', '/v1/admin/skus/a/resume', 'POST'],
  ['PUT', '/v1/skus/a/availability', 'GET, HEAD'],
  ['POST', '/livez', 'GET, HEAD'],
])('%s %s: 405 with Allow', async (method, path, allow) => {
  const answer = await send([`${method} ${path} HTTP/1.1`, 'Host: shop', 'Connection: close', 'Content-Length: 0']);
  expect(answer).toMatchObject({ status: 405, code: 'METHOD_NOT_ALLOWED' });
  expect(answer.head).toContain(`Allow: ${allow}\r\n`);
});

test.each(['wait=99', 'respond-async, wait=99', 'foo="a, b", wait=99', 'wait="99"'])('Prefer: %s: 400', async (preference) => {
  expect(await post({ body: GOOD, headers: [AUTH, KEY, JSON_TYPE, `Prefer: ${preference}`] })).toMatchObject({
    status: 400,
    code: 'INVALID_HEADER',
  });
});

test('what is in quotes is no preference of its own', async () => {
  const preferences = 'Prefer: foo="a, wait=99", bar="\\", wait=99"';
  // The body is what is wrong with it.
  expect((await post({ body: '1', headers: [AUTH, KEY, JSON_TYPE, preferences] })).code).toBe('INVALID_BODY');
});
