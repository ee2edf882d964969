import request from 'supertest';
import type { Issuer } from '../../domain/ids.js';
import type { HoldRefusal } from '../../domain/refusal.js';
import type { HoldAnswer } from '../../ports/decisions.js';
import { ADMIN_KEY, confirmed, fixture, ID, rejected, reservation, reserved, SHOP_KEY } from '../fixtures/services.js';
import type { AppDependencies } from '../services.js';

const PATH = `/v1/reservations/${ID}`;
const TYPES = ['confirm', 'cancel', 'extend'] as const;
type Type = (typeof TYPES)[number];
const BODIES: Readonly<Record<Type, object>> = { confirm: { paymentReference: 'pi_1' }, cancel: {}, extend: { seconds: 60 } };

const finding = (view = reserved()) => ({ readReservation: async () => ({ kind: 'found', reservation: view }) as const });
const answering = (answer: HoldAnswer) => ({ ...finding(), changeHold: async () => answer });
const post = (type: Type, change: Partial<AppDependencies> = finding()) => {
  const own = fixture(change);
  return { own, ask: request(own.app).post(`${PATH}/${type}`).set('Authorization', `Bearer ${SHOP_KEY}`) };
};
const refusing = (reason: HoldRefusal, view: ReturnType<typeof reserved> | null) =>
  answering({ kind: 'refused', reason, reservation: view });

describe.each(TYPES)('POST /v1/reservations/{id}/%s', (type) => {
  const body = BODIES[type];

  test('200 with the reservation as it stands after the decision', async () => {
    const { own, ask } = post(type);
    const res = await ask.set('X-Request-Id', 'trace-1').send(body);
    expect(res.status).toBe(200);
    expect(res.headers).toMatchObject({ etag: '"9"', 'cache-control': 'private, no-cache' });
    expect(res.headers).not.toHaveProperty('idempotent-replayed');
    expect(res.headers).not.toHaveProperty('preference-applied');
    expect(res.body).toMatchObject({ status: 'CONFIRMED', confirmedAt: '2030-01-31T18:00:00.050Z', paymentReference: 'pi_1', version: 9 });
    expect(own.holdRequests).toMatchObject([
      { reservation: { reservationId: ID }, change: { type, ...body }, waitMs: 5_000, correlationId: 'trace-1' },
    ]);
  });

  test('a repeat is 200, and says so', async () => {
    const res = await post(type, answering({ kind: 'applied', replayed: true, reservation: confirmed() })).ask.send(body);
    expect([res.status, res.headers['idempotent-replayed']]).toEqual([200, 'true']);
  });

  test('of one that is still QUEUED is published all the same', async () => {
    const { own, ask } = post(type, finding(reservation()));
    expect((await ask.send(body)).status).toBe(200);
    expect(own.holdRequests).toHaveLength(1);
  });

  test('not decided in time: 202 with the reservation as known, and where to ask', async () => {
    const res = await post(type, answering({ kind: 'pending' }))
      .ask.set('Prefer', 'wait=1')
      .send(body);
    expect(res.status).toBe(202);
    expect(res.headers).toMatchObject({ location: PATH, 'retry-after': '1', 'preference-applied': 'wait=1' });
    expect(res.body).toMatchObject({ reservationId: ID, status: 'RESERVED', pending: type });
  });

  test.each([0, 10])('Prefer: wait=%i', async (seconds) => {
    const { own, ask } = post(type);
    await ask.set('Prefer', `wait=${seconds}`).send(body);
    expect(own.holdRequests).toMatchObject([{ waitMs: seconds * 1_000 }]);
  });

  test('Prefer: wait=11 is 400', async () => {
    const res = await post(type).ask.set('Prefer', 'wait=11').send(body);
    expect([res.status, res.body.code]).toEqual([400, 'INVALID_HEADER']);
  });

  test('no acknowledgement from the log: 503 with Retry-After, never "refused"', async () => {
    const res = await post(type, answering({ kind: 'unavailable', retryAfterMs: 500 })).ask.send(body);
    expect([res.status, res.body.code, res.headers['retry-after']]).toEqual([503, 'LOG_UNAVAILABLE', '1']);
    expect(res.body).not.toHaveProperty('reservationStatus');
  });

  test('the database away: 503', async () => {
    const res = await post(type, { ...finding(), changeHold: () => Promise.reject(new Error('gone')) }).ask.send(body);
    expect([res.status, res.body.code]).toEqual([503, 'SERVICE_UNAVAILABLE']);
  });

  test('absent, and somebody else’s, are answered alike, and nothing is published', async () => {
    const absent = post(type, {});
    const foreign = post(type, finding(reservation({ issuer: 'storefront:other' as Issuer })));
    const [none, theirs] = [await absent.ask.send(body), await foreign.ask.send(body)];
    expect([none.status, none.body.code]).toEqual([404, 'NOT_FOUND']);
    expect({ ...theirs.body, requestId: null }).toEqual({ ...none.body, requestId: null });
    expect([...absent.own.holdRequests, ...foreign.own.holdRequests]).toEqual([]);
  });

  test('unknown for now: 503 with Retry-After', async () => {
    const res = await post(type, { readReservation: async () => ({ kind: 'unknown', retryAfterMs: 1_500 }) }).ask.send(body);
    expect([res.status, res.body.code, res.headers['retry-after']]).toEqual([503, 'STATUS_UNKNOWN', '3']);
  });

  test('an id that is not a UUID is 400; an operator’s key is 403; a query is 400', async () => {
    const { app } = fixture(finding());
    const ask = (id: string, key = SHOP_KEY) =>
      request(app).post(`/v1/reservations/${id}/${type}`).set('Authorization', `Bearer ${key}`).send(body);
    expect((await ask('42')).body.code).toBe('INVALID_ID');
    expect((await ask(ID, ADMIN_KEY)).status).toBe(403);
    expect((await request(app).post(`${PATH}/${type}?a`).set('Authorization', `Bearer ${SHOP_KEY}`)).body.code).toBe('INVALID_QUERY');
  });
});

test.each([
  ['RESERVATION_EXPIRED', 'EXPIRED', 409],
  ['ALREADY_CONFIRMED', 'CONFIRMED', 409],
  ['ALREADY_CANCELLED', 'CANCELLED', 409],
  ['ALREADY_EXTENDED', 'RESERVED', 409],
  ['EXTENSION_TOO_LONG', 'RESERVED', 422],
] as const)('refused as %s: the problem says what the reservation is: %s', async (reason, status, expected) => {
  const res = await post('extend', refusing(reason, { ...reserved(), status })).ask.send();
  expect([res.status, res.body.code]).toEqual([expected, reason]);
  expect(res.body).toMatchObject({ reservationId: ID, currentStatus: status });
  expect(res.body).not.toHaveProperty('reservationStatus');
});

test('refused because the request itself was refused: NOT_RESERVED, reservationStatus REJECTED', async () => {
  const res = await post('confirm', refusing('NOT_RESERVED', rejected())).ask.send(BODIES.confirm);
  expect([res.status, res.body.code, res.body.reservationStatus]).toEqual([409, 'NOT_RESERVED', 'REJECTED']);
});

test('of one that the writer does not know: 404', async () => {
  const res = await post('cancel', refusing('NOT_FOUND', null)).ask.send();
  expect([res.status, res.body.code]).toEqual([404, 'NOT_FOUND']);
});

test.each([
  ['confirm', {}],
  ['confirm', { paymentReference: '' }],
  ['confirm', { paymentReference: 'a b' }],
  ['confirm', { paymentReference: "a'b" }],
  ['confirm', { paymentReference: 'x'.repeat(129) }],
  ['confirm', { paymentReference: 7 }],
  ['confirm', { paymentReference: 'pi_1', amount: 5 }],
  ['cancel', { reason: 'no' }],
  ['extend', { seconds: 0 }],
  ['extend', { seconds: 1.5 }],
  ['extend', { seconds: '60' }],
  ['extend', { seconds: null }],
  ['extend', { minutes: 1 }],
] as const)('%s %j is 400 invalid-body, and nothing is published', async (type, body) => {
  const { own, ask } = post(type);
  const res = await ask.send(body);
  expect([res.status, res.body.code]).toEqual([400, 'INVALID_BODY']);
  expect(own.holdRequests).toEqual([]);
});

test.each([
  ['cancel', { type: 'cancel' }],
  ['extend', { type: 'extend', seconds: null, idempotencyKey: null }],
] as const)('%s needs no body, and takes an empty object', async (type, change) => {
  for (const body of [undefined, {}]) {
    const { own, ask } = post(type);
    expect((await ask.send(body)).status).toBe(200);
    expect(own.holdRequests).toMatchObject([{ change }]);
  }
});

test('confirm without a body is 415: it needs one', async () => {
  expect((await post('confirm').ask).status).toBe(415);
});

test('a buyer who asks too often: 429, what is left is told, and nothing is published', async () => {
  const spent = { retryAfterMs: 1_200, standing: { remaining: 0, resetMs: 2_000 } };
  const { own, ask } = post('cancel', { ...finding(), spend: async () => spent, buyerRate: { perSecond: 10, burst: 20 } });
  const res = await ask;
  expect([res.status, res.body.code, res.headers['retry-after']]).toEqual([429, 'TOO_MANY_REQUESTS', '2']);
  expect([res.headers.ratelimit, res.headers['ratelimit-policy']]).toEqual(['"buyer";r=0;t=2', '"buyer";q=20;w=2']);
  expect(own.holdRequests).toEqual([]);
});

test('a client that leaves ends the wait', async () => {
  let told = (): void => undefined;
  const left = new Promise<void>((resolve) => {
    told = resolve;
  });
  const { ask } = post('confirm', {
    ...finding(),
    changeHold: (_, signal) =>
      new Promise((resolve) => {
        signal.addEventListener('abort', () => {
          told();
          resolve({ kind: 'pending' });
        });
        ask.abort();
      }),
  });
  ask.send(BODIES.confirm).end(() => undefined);
  await left;
});

test('extend takes an Idempotency-Key, if it is a sound one', async () => {
  const { own, ask } = post('extend');
  await ask.set('Idempotency-Key', 'key-1').send();
  expect(own.holdRequests).toMatchObject([{ change: { idempotencyKey: 'key-1' } }]);
  const res = await post('extend').ask.set('Idempotency-Key', 'x'.repeat(256)).send();
  expect([res.status, res.body.code]).toEqual([400, 'INVALID_IDEMPOTENCY_KEY']);
});
