import type { ReservationId } from '../../../src/domain/ids.js';
import { HOLD_REFUSALS, RESERVE_REFUSALS } from '../../../src/domain/refusal.js';
import { ADMIN_KEY, confirmed, fixture, ID, reservation, reserved, SHOP_KEY, SKU } from '../../../src/http/fixtures/services.js';
import { PROBLEMS } from '../../../src/http/problem-table.js';
import type { HoldAnswer } from '../../../src/ports/decisions.js';
import { gate } from '../../../test/support/memory-clock.js';
import { ConnectionError, DeadlineError, FlashsaleClient, type FlashsaleError, isProblem, ProblemError } from '../src/flashsale.js';
import { closeAll, rejectionOf, served } from './support/served.js';

afterEach(closeAll);

const ASK = { skuId: SKU, userId: 'alice' };
const finding = (view = reserved()) => ({ readReservation: async () => ({ kind: 'found', reservation: view }) as const });

describe('each error has its type', () => {
  test.each(RESERVE_REFUSALS.filter((reason) => reason !== 'INVALID_QUANTITY'))('%s at the door', async (reason) => {
    const { client, requests } = await served({ accept: async () => ({ kind: 'refused', reason, retryAfterMs: 2_000 }) });
    const error = await rejectionOf(client.reserve(ASK));
    expect(isProblem(error, reason)).toBe(true);
    const { status, title, meaning } = PROBLEMS[reason];
    expect(error).toMatchObject({ status, title, detail: meaning, retryAfterMs: 2_000, reservationStatus: undefined });
    // It is decided: no use in asking again by itself.
    expect(requests).toHaveLength(1);
  });

  test.each(HOLD_REFUSALS.filter((reason) => reason !== 'NOT_DUE' && reason !== 'NOT_FOUND'))('%s of a hold', async (reason) => {
    const { client } = await served({ ...finding(), changeHold: async () => ({ kind: 'refused', reason, reservation: reserved() }) });
    const error = await rejectionOf(client.extend(ID));
    expect(isProblem(error, reason)).toBe(true);
    expect(error).toMatchObject({ reservationId: ID, currentStatus: 'RESERVED' });
  });

  test.each([
    ['INVALID_QUANTITY', () => ({ ...ASK, quantity: 1.5 })],
    ['INVALID_SKU', () => ({ ...ASK, skuId: 'no such id' })],
    ['INVALID_USER_ID', () => ({ skuId: SKU })],
    ['INVALID_IDEMPOTENCY_KEY', () => ({ ...ASK, idempotencyKey: 'x'.repeat(256) })],
  ] as const)('%s', async (code, request) => {
    const { client } = await served();
    expect(isProblem(await rejectionOf(client.reserve(request())), code)).toBe(true);
  });

  test.each([
    ['UNAUTHENTICATED', 'fsk_nobody-s-key-at-all'],
    ['FORBIDDEN', ADMIN_KEY],
  ] as const)('%s', async (code, token) => {
    const { client } = await served({}, { token });
    expect(isProblem(await rejectionOf(client.get(ID)), code)).toBe(true);
  });

  test('NOT_FOUND and INVALID_ID', async () => {
    const { client } = await served();
    expect(isProblem(await rejectionOf(client.get(ID)), 'NOT_FOUND')).toBe(true);
    expect(isProblem(await rejectionOf(client.get('a/b?c')), 'INVALID_ID')).toBe(true);
  });

  test.each(['LOG_UNAVAILABLE', 'STATUS_UNKNOWN', 'SERVICE_UNAVAILABLE', 'INTERNAL_ERROR'] as const)('%s, when it lasts', async (code) => {
    const { client, requests, runtime } = await served({
      ...finding(code === 'INTERNAL_ERROR' ? (null as never) : reserved()),
      ...(code === 'STATUS_UNKNOWN' && { readReservation: async () => ({ kind: 'unknown', retryAfterMs: 1_000 }) as const }),
      changeHold: async () => {
        if (code === 'SERVICE_UNAVAILABLE') throw new Error('away');
        return { kind: 'unavailable', retryAfterMs: 1_000 };
      },
    });
    const error = await rejectionOf(client.cancel(ID, { deadlineMs: 10_000 }));
    expect(isProblem(error, code)).toBe(true);
    expect(requests.length).toBeGreaterThan(3);
    expect(runtime.now()).toBeLessThan(10_000);
  });

  test('what no header can carry is told at once, and not tried', async () => {
    const { client, requests } = await served();
    expect(await rejectionOf(client.reserve({ ...ASK, idempotencyKey: 'заказ' }))).toMatchObject({ name: 'TypeError' });
    expect(requests).toEqual([]);
  });

  test('nobody there: a ConnectionError', async () => {
    const { client } = await served({}, { baseUrl: 'http://127.0.0.1:1' });
    const error = (await rejectionOf(client.reserve(ASK))) as FlashsaleError;
    expect(error).toBeInstanceOf(ConnectionError);
    expect([error.kind, error.idempotencyKey]).toEqual(['connection', expect.any(String)]);
  });

  test.each([
    [200, 'text/html', '<h1>Sign in</h1>'],
    [404, 'text/html', '<h1>404</h1>'],
    [403, 'application/problem+json', 'null'],
  ])("a stranger's answer %i %s is told as one", async (status, type, text) => {
    const fetch = async () => new Response(text, { status, headers: { 'Content-Type': type } });
    const { client } = await served({}, { fetch });
    expect(await rejectionOf(client.get(ID))).toMatchObject({ kind: 'unexpected', status, contentType: type });
  });

  test('isProblem without a code narrows to any', () => {
    const document = { type: '', title: '', status: 409, detail: 'd', code: 'SOLD_OUT' };
    const error: unknown = new ProblemError(document, null);
    expect([isProblem(error), isProblem(error, 'KEY_REUSED'), isProblem(new Error())]).toEqual([true, false, false]);
  });
});

describe('confirm, cancel, extend', () => {
  test('what they send', async () => {
    const { client, requests, holdRequests } = await served(finding());
    await client.confirm(ID, 'pi_1');
    await client.cancel(ID);
    await client.extend(ID, { seconds: 60 });
    await client.extend(ID);
    expect(holdRequests.map(({ change }) => change)).toEqual([
      { type: 'confirm', paymentReference: 'pi_1' },
      { type: 'cancel' },
      { type: 'extend', seconds: 60, idempotencyKey: expect.stringMatching(/^[0-9a-f-]{36}$/) },
      { type: 'extend', seconds: null, idempotencyKey: expect.any(String) },
    ]);
    expect(new Set(requests.map(({ headers }) => headers['idempotency-key'])).size).toBe(3);
  });

  test('not decided in time: asked again until it is, an extend under its key', async () => {
    const answers: HoldAnswer[] = [{ kind: 'pending' }, { kind: 'pending' }, { kind: 'applied', replayed: true, reservation: confirmed() }];
    const { client, requests, runtime } = await served({ ...finding(), changeHold: async () => answers.shift() as HoldAnswer });
    expect(await client.extend(ID)).toMatchObject({ status: 'CONFIRMED' });
    expect(runtime.pauses).toEqual([1_050, 1_050]);
    expect(new Set(requests.map(({ headers }) => headers['idempotency-key'])).size).toBe(1);
  });
});

describe('the key of an extend', () => {
  test('is sent as given, to every attempt', async () => {
    const answers: HoldAnswer[] = [
      { kind: 'unavailable', retryAfterMs: 1_000 },
      { kind: 'pending' },
      { kind: 'applied', replayed: true, reservation: reserved() },
    ];
    const { client, requests } = await served({ ...finding(), changeHold: async () => answers.shift() as HoldAnswer });
    expect(await client.extend(ID, { seconds: 60, idempotencyKey: 'extend-1' })).toMatchObject({ status: 'RESERVED' });
    expect(requests.map(({ headers }) => headers['idempotency-key'])).toEqual(['extend-1', 'extend-1', 'extend-1']);
  });

  test('is in its errors, whoever made it, so that it can be asked for again', async () => {
    const waiting = gate();
    const { client, holdRequests, requests, runtime } = await served({
      ...finding(),
      changeHold: (request) => {
        holdRequests.push(request);
        waiting.open();
        return new Promise(() => undefined);
      },
    });
    const pending = rejectionOf(client.extend(ID, { deadlineMs: 12_000 }));
    await waiting.promise;
    runtime.advance(12_000);
    const error = (await pending) as FlashsaleError;
    expect(error).toBeInstanceOf(DeadlineError);
    expect(error.idempotencyKey).toMatch(/^[0-9a-f-]{36}$/);
    expect(error.idempotencyKey).toBe(requests[0]?.headers['idempotency-key']);

    const refused = await served({
      ...finding(),
      changeHold: async () => ({ kind: 'refused', reason: 'ALREADY_EXTENDED', reservation: reserved() }),
    });
    expect(await rejectionOf(refused.client.extend(ID, { idempotencyKey: 'extend-1' }))).toMatchObject({
      code: 'ALREADY_EXTENDED',
      idempotencyKey: 'extend-1',
    });
  });
});

test('list reads page by page, an empty one too, and no further than it is asked', async () => {
  const ids = ['1', '2', '3'].map((end) => ID.replace(/0$/, end) as ReservationId);
  const pages = [
    { reservations: [reservation({ reservationId: ids[0] as ReservationId })], next: ids[0] as string },
    { reservations: [], next: ids[1] as string },
    { reservations: [reservation({ reservationId: ids[2] as ReservationId })], next: null },
  ];
  let page = 0;
  const { client, requests } = await served({ listReservations: async () => pages[page++ % 3] as never });
  const seen: string[] = [];
  for await (const { reservationId } of client.list({ skuId: SKU, status: 'RESERVED', pageSize: 1 })) seen.push(reservationId);
  expect(seen).toEqual([ids[0], ids[2]]);
  const asked = requests.map(({ url }) => new URL(String(url), 'http://x').searchParams);
  expect(asked.map((query) => query.has('cursor'))).toEqual([false, true, true]);
  for (const query of asked) expect(Object.fromEntries(query)).toMatchObject({ skuId: SKU, status: 'RESERVED', limit: '1' });
  for await (const first of client.list()) {
    expect(first.reservationId).toBe(ids[0]);
    break;
  }
  expect(requests).toHaveLength(4);
  expect(requests[3]?.url).toBe('/v1/reservations');
});

test.each(['', '/', '///'])('a base URL may end with "%s"', async (end) => {
  const { port, requests } = await served();
  const client = new FlashsaleClient({ baseUrl: `http://127.0.0.1:${port}${end}`, token: SHOP_KEY });
  await rejectionOf(client.get(ID));
  expect(requests[0]?.url).toBe(`/v1/reservations/${ID}`);
});

test('availability is asked without credentials', async () => {
  const stock = { available: 5, total: 9, sequence: 3, state: 'OPEN', opensAt: null, closesAt: null, asOf: fixture().deps.clock.now() };
  const { client, requests } = await served({ availability: async () => stock as never });
  expect(await client.availability(SKU)).toEqual({ available: 5, total: 9, status: 'OPEN', asOf: '2030-01-31T18:00:00.000Z' });
  expect(requests[0]?.headers).not.toHaveProperty('authorization');
  const { client: other } = await served();
  expect(isProblem(await rejectionOf(other.availability(SKU)), 'UNKNOWN_SKU')).toBe(true);
});
