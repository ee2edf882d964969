import { setTimeout as sleep } from 'node:timers/promises';
import { gate } from '../../test/support/memory-clock.js';
import { exchange, type Listening, listen, open, untilClosed } from './fixtures/raw-client.js';
import { confirmed, fixture, ID, reservation, reserved, SHOP_KEY } from './fixtures/services.js';
import { createPlaces } from './places.js';
import type { ShedReason } from './services.js';

const BODY = '{"skuId":"a","quantity":1,"userId":"u"}';
const post = (path = '/v1/reservations', headers = '', body = BODY): string =>
  `POST ${path} HTTP/1.1\r\nHost: shop\r\nAuthorization: Bearer ${SHOP_KEY}\r\nIdempotency-Key: k\r\nContent-Type: application/json\r\n${headers}Content-Length: ${body.length}\r\n\r\n${body}`;
const LAST = 'Connection: close\r\n';
const field = (head: string | undefined, name: string): string | undefined =>
  new RegExp(`^${name}: (.*)$`, 'im').exec(head ?? '')?.[1]?.trim();

const servers: Listening[] = [];
const shed: ShedReason[] = [];
const onShed = (reason: ShedReason): void => void shed.push(reason);
const room = (max: number, reason: ShedReason) => createPlaces(max, () => onShed(reason));
const start: typeof listen = async (...args) => {
  const server = await listen(...args);
  servers.push(server);
  return server;
};
beforeEach(() => shed.splice(0));
afterEach(() => Promise.all(servers.splice(0).map((server) => server.drain(0))));

describe('more reservations than are taken at once', () => {
  /** One is being taken until the gate opens. */
  async function full(change: Parameters<typeof fixture>[0] = {}) {
    const taking = gate();
    let asked = 0;
    const service = fixture({
      ...{ inFlight: room(1, 'in_flight'), onShed },
      accept: async () => {
        asked += 1;
        await taking.promise;
        return { kind: 'replayed', reservation: reserved() };
      },
      findApiKey: async () => {
        lookups += 1;
        return { name: 'shop', scopes: ['reserve'] };
      },
      ...change,
    });
    let lookups = 0;
    const { port } = await start(service);
    const first = exchange(port, post(undefined, LAST));
    while (asked === 0) await sleep(1);
    return { service, port, first, taking, asked: () => asked, lookups: () => lookups };
  }

  test('503 that closes its connection once the process is to leave', async () => {
    let draining = false;
    const { port, first, taking } = await full({ isDraining: () => draining });
    draining = true;
    // On a connection that stayed open, this would wait without an end.
    const found = await exchange(port, post());
    expect([found.map(({ status }) => status), field(found[0]?.head, 'Connection')]).toEqual([[503], 'close']);
    taking.open();
    await first;
  });

  test('503 before anything is asked, read or noted, and the connection goes on', async () => {
    const { service, port, first, taking, asked, lookups } = await full();
    const [lookedUp, lines] = [lookups(), service.lines.length];
    const large = post(undefined, '', 'x'.repeat(3_000));
    const found = await exchange(port, post(undefined, 'X-Request-Id: mine\r\n') + large + post('/v1/reservations', LAST));
    expect(found.map(({ status }) => status)).toEqual([503, 503, 503]);
    expect([asked(), lookups() - lookedUp, service.lines.length - lines, service.observed]).toEqual([1, 0, 0, []]);
    expect(JSON.parse(found[0]?.body ?? '')).toEqual({
      type: 'https://shop.example/problems/overloaded',
      title: 'Overloaded',
      status: 503,
      detail: expect.stringContaining('Nothing was stored'),
      instance: '/v1/reservations',
      code: 'OVERLOADED',
      requestId: 'mine',
    });
    const { head = '' } = found[0] ?? {};
    expect(field(head, 'X-Request-Id')).toBe('mine');
    expect(field(head, 'Content-Type')).toBe('application/problem+json');
    expect(field(head, 'Cache-Control')).toBe('no-store');
    expect(field(head, 'X-Content-Type-Options')).toBe('nosniff');
    expect(Number(field(head, 'Retry-After'))).toBeGreaterThanOrEqual(2);
    expect(JSON.parse(found[1]?.body ?? '').requestId).toMatch(/^0{8}-/);
    expect(shed).toEqual(['in_flight', 'in_flight', 'in_flight']);
    taking.open();
    expect((await first).map(({ status }) => status)).toEqual([200]);
    expect((await exchange(port, post(undefined, LAST)))[0]?.status).toBe(200);
  });

  test('everything else is served', async () => {
    const { port, taking } = await full({ readReservation: async () => ({ kind: 'found', reservation: reserved() }) });
    const get = (path: string): string => `GET ${path} HTTP/1.1\r\nHost: shop\r\nAuthorization: Bearer ${SHOP_KEY}\r\n${LAST}\r\n`;
    const asked = [
      get(`/v1/reservations/${ID}`),
      get('/livez'),
      post(`/v1/reservations/${ID}/confirm`, LAST, '{"paymentReference":"pi_1"}'),
    ];
    expect((await Promise.all(asked.map((bytes) => exchange(port, bytes)))).flat().map(({ status }) => status)).toEqual([200, 200, 200]);
    taking.open();
  });

  test('a body that was under way when it became full is counted too: 503, and nothing is taken', async () => {
    const { port, taking, asked, first } = await full({ inFlight: room(2, 'in_flight') });
    const whole = post(undefined, LAST);
    const sockets = await Promise.all([open(port), open(port), open(port)]);
    const answers = sockets.map(untilClosed);
    for (const socket of sockets) socket.write(whole.slice(0, -5));
    await sleep(50);
    for (const socket of sockets) socket.write(whole.slice(-5));
    // Two of three: one place was left.
    while (shed.length < 2) await sleep(1);
    expect(asked()).toBe(2);
    taking.open();
    const statuses = (await Promise.all(answers)).map((text) => text.slice(9, 12)).toSorted();
    expect(statuses).toEqual(['200', '503', '503']);
    await first;
  });

  test('slow senders take no place', async () => {
    const service = fixture({ inFlight: room(1, 'in_flight'), onShed });
    const { port } = await start(service);
    const slow = await Promise.all(Array.from({ length: 20 }, () => open(port)));
    for (const socket of slow) socket.write(post().slice(0, -5));
    await sleep(50);
    expect((await exchange(port, post(undefined, LAST)))[0]?.status).toBe(202);
    for (const socket of slow) socket.destroy();
  });

  test('a reservation that fails gives its place back', async () => {
    const service = fixture({ inFlight: room(1, 'in_flight'), onShed, accept: () => Promise.reject(new Error('away')) });
    const { port } = await start(service);
    for (let n = 0; n < 3; n += 1) expect((await exchange(port, post(undefined, LAST)))[0]?.body).toContain('SERVICE_UNAVAILABLE');
  });
});

describe('more waits than there may be', () => {
  const crowded = () => fixture({ waits: room(0, 'waits'), readReservation: async () => ({ kind: 'found', reservation: reservation() }) });

  test('are answered without waiting, and the preference is not called honoured', async () => {
    const { port } = await start(crowded());
    const wait = 'Prefer: wait=10\r\n';
    const [posted] = await exchange(port, post(undefined, wait + LAST));
    expect([posted?.status, field(posted?.head, 'Preference-Applied')]).toEqual([202, undefined]);
    const [read] = await exchange(
      port,
      `GET /v1/reservations/${ID} HTTP/1.1\r\nHost: shop\r\nAuthorization: Bearer ${SHOP_KEY}\r\n${wait}${LAST}\r\n`,
    );
    expect([read?.status, field(read?.head, 'Preference-Applied'), field(read?.head, 'Retry-After')]).toEqual([200, undefined, '1']);
    expect(shed).toEqual(['waits', 'waits']);
  });

  test('a confirm is published all the same', async () => {
    const service = fixture({ waits: room(0, 'waits'), readReservation: async () => ({ kind: 'found', reservation: reserved() }) });
    const { port } = await start(service);
    await exchange(port, post(`/v1/reservations/${ID}/confirm`, `Prefer: wait=3\r\n${LAST}`, '{"paymentReference":"pi_1"}'));
    expect(service.holdRequests).toMatchObject([{ waitMs: 0 }]);
  });

  test('each gives its place back', async () => {
    const waits = room(1, 'waits');
    const service = fixture({ waits, changeHold: async () => ({ kind: 'applied', replayed: false, reservation: confirmed() }) });
    const { port } = await start(service);
    for (let n = 0; n < 3; n += 1) await exchange(port, post(undefined, `Prefer: wait=1\r\n${LAST}`));
    expect([waits.taken, shed]).toEqual([0, []]);
  });
});

describe('what the door says', () => {
  const standing = { remaining: 0, resetMs: 1_940 };
  const buyerRate = { perSecond: 10, burst: 20 };

  test('of a buyer who asks too often: 429, with when and how much', async () => {
    const { port } = await start(fixture({ buyerRate, accept: async () => ({ kind: 'too-many', retryAfterMs: 40, standing }) }));
    const [answer] = await exchange(port, post(undefined, LAST));
    expect(answer?.status).toBe(429);
    expect(JSON.parse(answer?.body ?? '')).toMatchObject({ code: 'TOO_MANY_REQUESTS', status: 429 });
    expect(answer?.body).not.toContain('reservationStatus');
    expect(field(answer?.head, 'Retry-After')).toBe('1');
    expect(field(answer?.head, 'RateLimit')).toBe('"buyer";r=0;t=2');
    expect(field(answer?.head, 'RateLimit-Policy')).toBe('"buyer";q=20;w=2');
  });

  test('of a rate is in every answer that it was counted for, and in none without a rate', async () => {
    const accept = async () => ({ kind: 'replayed' as const, reservation: reserved(), standing: { remaining: 7, resetMs: 1_300 } });
    const [answer] = await exchange((await start(fixture({ buyerRate, accept }))).port, post(undefined, LAST));
    expect([answer?.status, field(answer?.head, 'RateLimit')]).toEqual([200, '"buyer";r=7;t=2']);
    for (const service of [fixture({ accept }), fixture({ buyerRate })]) {
      const [without] = await exchange((await start(service)).port, post(undefined, LAST));
      expect(without?.head).not.toContain('RateLimit');
    }
  });

  test.each([
    [1_000, '2'],
    [12_000, '18'],
    [600_000, '60'],
  ])('of a queue that is %i ms too long: 503 with a code of its own, spread, a minute at most', async (retryAfterMs, expected) => {
    const { port } = await start(fixture({ accept: async () => ({ kind: 'too-long', retryAfterMs }) }));
    const [answer] = await exchange(port, post(undefined, LAST));
    expect([answer?.status, field(answer?.head, 'Retry-After')]).toEqual([503, expected]);
    expect(JSON.parse(answer?.body ?? '')).toMatchObject({ code: 'QUEUE_TOO_LONG' });
    expect(answer?.body).not.toContain('reservationStatus');
  });
});

test('a socket more than there may be is closed and counted; with one less there is room again', async () => {
  const { port, connectionCount } = await start(fixture({ onShed }), { maxConnections: 2 });
  const [first] = [await open(port), await open(port)];
  while (connectionCount() < 2) await sleep(1);
  expect(await untilClosed(await open(port))).toBe('');
  expect(shed).toEqual(['connections']);
  first.destroy();
  while (connectionCount() > 1) await sleep(1);
  expect((await exchange(port, post(undefined, LAST)))[0]?.status).toBe(202);
});
