import { once } from 'node:events';
import type { Socket } from 'node:net';
import request from 'supertest';
import type { Issuer } from '../../domain/ids.js';
import type { ReservationView } from '../../ports/hints.js';
import type { NoRoom } from '../event-streams.js';
import { type Listening, listen, open, untilClosed } from '../fixtures/raw-client.js';
import { confirmed, type Fixture, fixture, ID, rejected, reservation, reserved, SHOP_KEY } from '../fixtures/services.js';
import type { AppDependencies } from '../services.js';

const PATH = `/v1/reservations/${ID}/events`;
const HEAD = `GET ${PATH} HTTP/1.1\r\nHost: shop\r\nAuthorization: Bearer ${SHOP_KEY}\r\n`;
const eventOf = (view: ReservationView) => `id: ${view.version}\ndata: {"reservationId":"${ID}",`;

const finding = (view = reservation()) => ({ readReservation: async () => ({ kind: 'found', reservation: view }) as const });
const get = (change: Partial<AppDependencies>, headers: Record<string, string> = {}) =>
  request(fixture(change).app).get(PATH).set('Authorization', `Bearer ${SHOP_KEY}`).set(headers);

describe('what is final', () => {
  test.each([confirmed(), rejected()])('is one event and the end: $status', async (view) => {
    const res = await get(finding(view));
    expect(res.status).toBe(200);
    expect(res.headers).toMatchObject({ 'content-type': 'text/event-stream', 'cache-control': 'no-store', 'x-accel-buffering': 'no' });
    expect(res.text.startsWith(eventOf(view))).toBe(true);
    expect(res.text.match(/^id: /gm)).toHaveLength(1);
    const data = JSON.parse(/^data: (.*)$/m.exec(res.text)?.[1] ?? '');
    expect(data).toMatchObject({ status: view.status, version: view.version });
  });

  test('and was seen: 204, after which an EventSource stays away', async () => {
    for (const seen of ['9', '10']) expect((await get(finding(confirmed()), { 'last-event-id': seen })).status).toBe(204);
    expect((await get(finding(confirmed()), { 'last-event-id': '8' })).text).toContain('id: 9\n');
  });
});

test.each(['-1', '1.5', 'abc', '"7"', '9007199254740993', '1, 2'])('Last-Event-ID %s: 400', async (id) => {
  const res = await get(finding(), { 'last-event-id': id });
  expect([res.status, res.body.code]).toEqual([400, 'INVALID_HEADER']);
});

test('somebody else’s, unknown and undecided ids are answered as by GET', async () => {
  const foreign = await get(finding(reservation({ issuer: 'storefront:other' as Issuer })));
  expect([foreign.status, foreign.body.code]).toEqual([404, 'NOT_FOUND']);
  expect((await get({})).status).toBe(404);
  const unknown = await get({ readReservation: async () => ({ kind: 'unknown', retryAfterMs: 1_500 }) });
  expect([unknown.status, unknown.headers['retry-after']]).toEqual([503, '3']);
  expect((await request(fixture(finding()).app).get(PATH)).status).toBe(401);
  const query = await request(fixture(finding()).app).get(`${PATH}?since=1`).set('Authorization', `Bearer ${SHOP_KEY}`);
  expect([query.status, query.body.code]).toEqual([400, 'INVALID_QUERY']);
});

test('HEAD: what GET would begin with, and no stream', async () => {
  const res = await request(fixture({ ...finding(), streams: full }).app)
    .head(PATH)
    .set('Authorization', `Bearer ${SHOP_KEY}`);
  expect([res.status, res.headers['content-type']]).toEqual([200, 'text/event-stream']);
});

const streamsThatSay = (noRoom: NoRoom): AppDependencies['streams'] => ({ open: () => noRoom, drain: () => undefined });
const full = streamsThatSay('full');
test('as many streams as there may be: 503 and when to come back', async () => {
  const res = await get({ ...finding(), streams: full });
  expect([res.status, res.body.code, res.headers['retry-after']]).toEqual([503, 'TOO_MANY_STREAMS', '8']);
});

test('as many streams as one buyer may have: 429, which is the buyer’s own doing', async () => {
  const res = await get({ ...finding(), streams: streamsThatSay('buyer-full') });
  expect([res.status, res.body.code, res.headers['retry-after']]).toEqual([429, 'TOO_MANY_STREAMS_OF_BUYER', '5']);
});

describe('over a socket', () => {
  let server: Listening;
  let service: Fixture;
  let tell: (view: ReservationView) => void;
  let following: number;
  let key: AppDependencies['findApiKey'] | null;
  const sockets: Socket[] = [];

  beforeEach(async () => {
    following = 0;
    const followReservation: AppDependencies['followReservation'] = (_, told) => {
      following += 1;
      tell = told;
      return () => {
        following -= 1;
      };
    };
    service = fixture({ ...finding(), followReservation });
    const { findApiKey } = service.deps;
    key = null;
    service = fixture({ ...finding(), followReservation, findApiKey: (hash) => (key ?? findApiKey)(hash) });
    server = await listen(service);
  });
  afterEach(() => {
    for (const socket of sockets.splice(0)) socket.destroy();
    return server.drain(0);
  });

  /** Opens a stream; `until` reads on until the text so far matches. */
  async function stream(headers = '') {
    const socket = await open(server.port);
    sockets.push(socket);
    socket.write(`${HEAD}${headers}\r\n`);
    let text = '';
    const until = async (pattern: RegExp): Promise<string> => {
      while (!pattern.test(text)) text += String((await once(socket, 'data'))[0]);
      return text;
    };
    return { socket, until };
  }

  test('the state now, every change once and in order, and the end after the last', async () => {
    const { socket, until } = await stream();
    await until(/id: 0\n.*\n\n/);
    expect(following).toBe(1);
    tell(reservation());
    tell(reserved());
    tell(reservation());
    tell(reserved());
    tell(confirmed());
    tell(confirmed());
    const text = await until(/\r\n0\r\n\r\n$/);
    expect(text.match(/^id: \d+/gm)).toEqual(['id: 0', 'id: 7', 'id: 9']);
    expect(following).toBe(0);
    socket.destroy();
  });

  test.each<[string, AppDependencies['findApiKey']]>([
    ['revoked', async () => null],
    ['without the scope now', async () => ({ name: 'shop', scopes: ['admin'] })],
    ['not to be looked up', () => Promise.reject(new Error('away'))],
  ])('whose key is %s meanwhile is told nothing more', async (_, findApiKey) => {
    const { until } = await stream();
    await until(/id: 0\n.*\n\n/);
    key = findApiKey;
    tell(reserved());
    const text = await until(/\r\n0\r\n\r\n$/);
    expect(text.match(/^id: \d+/gm)).toEqual(['id: 0']);
    expect(following).toBe(0);
  });

  test('who says to have seen more than there is: no event, and the end with the final state', async () => {
    const { until } = await stream('Last-Event-ID: 999999\r\n');
    await until(/\r\n\r\n$/);
    tell(reserved());
    tell(confirmed());
    expect(await until(/\r\n0\r\n\r\n$/)).not.toContain('id:');
  });

  test('with Last-Event-ID nothing is repeated, and the head comes at once', async () => {
    const { until } = await stream('Last-Event-ID: 0\r\n');
    await until(/\r\n\r\n$/);
    tell(reservation());
    tell(reserved());
    expect((await until(/id: 7/)).match(/^id: \d+/gm)).toEqual(['id: 7']);
  });

  test('a client that leaves is followed no more, and counts as answered', async () => {
    const { socket, until } = await stream();
    await until(/id: 0\n/);
    const over = new Promise<void>((resolve) => server.server.once('connection', (later: Socket) => later.once('close', () => resolve())));
    socket.destroy();
    while (following > 0) await new Promise((resolve) => setImmediate(resolve));
    (await open(server.port)).destroy();
    await over;
    expect(service.observed).toEqual([{ method: 'GET', route: '/v1/reservations/:reservationId/events', status: 200 }]);
  });

  test('a client that does not read is cut off, whatever the kernel takes for it', async () => {
    const { socket, until } = await stream();
    await until(/id: 0\n/);
    socket.pause();
    const most = 64 * 1024 * 1024;
    let sent = 0;
    const paymentReference = 'x'.repeat(10_000);
    for (let version = 1; following > 0 && sent < most; version += 1) {
      tell({ ...reserved(), version, paymentReference });
      sent += paymentReference.length;
      if (version % 10 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    expect(following).toBe(0);
    expect(sent).toBeLessThan(most);
    socket.resume();
    await untilClosed(socket);
  });

  test('a process that stops ends it with a retry, and drains at once', async () => {
    const { until } = await stream();
    await until(/id: 0\n/);
    service.deps.streams.drain();
    const drained = server.drain(10_000);
    expect(await until(/\r\n0\r\n\r\n$/)).toMatch(/retry: \d+\n\n/);
    expect(await drained).toBe(0);
  });
});
