import request from 'supertest';
import type { Issuer } from '../../domain/ids.js';
import type { Accepted } from '../../ports/admission.js';
import { fixture, ID, NOW, rejected, reservation, reserved, SHOP_KEY, SKU } from '../fixtures/services.js';
import type { AppDependencies } from '../services.js';

const PATH = `/v1/reservations/${ID}`;
const BODY = { skuId: SKU, quantity: 1, userId: 'alice' };

const post = (change: Partial<AppDependencies> = {}) => {
  const { app } = fixture(change);
  return request(app).post('/v1/reservations').set('Authorization', `Bearer ${SHOP_KEY}`).set('Idempotency-Key', 'key-1');
};
const get = (change: Partial<AppDependencies> = {}) => request(fixture(change).app).get(PATH).set('Authorization', `Bearer ${SHOP_KEY}`);
const accepting = (accepted: unknown) => ({ accept: async () => accepted as Accepted });
const queuedOf = (queue: unknown = null) => accepting({ kind: 'queued', reservation: reservation(), queue, appended: {} });
const finding = (view = reservation()) => ({ readReservation: async () => ({ kind: 'found', reservation: view }) as const });

describe('POST /v1/reservations', () => {
  test('202 QUEUED, with where and when to ask', async () => {
    const { app, reserveRequests } = fixture();
    const res = await request(app)
      .post('/v1/reservations')
      .set('Authorization', `bearer ${SHOP_KEY}`)
      .set('Idempotency-Key', 'key-1')
      .set('X-Request-Id', 'trace-1')
      .send(BODY);
    expect(res.status).toBe(202);
    expect(res.headers).toMatchObject({ location: PATH, 'retry-after': '1', 'content-type': 'application/json; charset=utf-8' });
    expect(res.body).toEqual({
      reservationId: ID,
      skuId: SKU,
      userId: 'alice',
      quantity: 1,
      status: 'QUEUED',
      queuedAt: '2030-01-31T18:00:00.000Z',
      decideBy: '2030-01-31T18:00:30.000Z',
      version: 0,
      queue: { position: 3, estimatedWaitMs: 5 },
    });
    expect(reserveRequests).toEqual([
      {
        principal: { issuer: 'storefront:shop', userId: 'alice' },
        idempotencyKey: 'key-1',
        skuId: SKU,
        quantity: 1,
        correlationId: 'trace-1',
      },
    ]);
  });

  test('the place in the queue is null where nobody knows it', async () => {
    expect((await post(queuedOf(null)).send(BODY)).body.queue).toBeNull();
  });

  test('without Prefer nobody waits', async () => {
    let waits = 0;
    const waitForDecision = async () => {
      waits++;
      return reserved();
    };
    expect((await post({ waitForDecision }).send(BODY)).status).toBe(202);
    expect(waits).toBe(0);
  });

  test('Prefer: wait, reserved in time: 201', async () => {
    let asked: unknown;
    const waitForDecision: AppDependencies['waitForDecision'] = async (id, waitMs) => {
      asked = { id, waitMs };
      return reserved();
    };
    const res = await post({ waitForDecision }).set('Prefer', 'respond-async, wait=2').send(BODY);
    expect(res.status).toBe(201);
    expect(asked).toEqual({ id: ID, waitMs: 2000 });
    expect(res.headers).toMatchObject({ location: PATH, etag: '"7"', 'preference-applied': 'wait=2' });
    expect(res.body).toMatchObject({ status: 'RESERVED', sequence: 7, version: 7, expiresAt: new Date(NOW + 600_012).toISOString() });
    expect(res.body).not.toHaveProperty('queue');
  });

  describe('an earlier request under the same key, of which no hint was left at the door', () => {
    const earlier = (change: object) => ({ waitForDecision: async () => ({ ...reserved(), queuedAt: NOW - 9_000, ...change }) });
    const waiting = (change: object) => post(earlier(change)).set('Prefer', 'wait=2');

    test('of as many units: it is a replay, in whatever state', async () => {
      for (const status of ['RESERVED', 'CONFIRMED', 'CANCELLED', 'EXPIRED', 'REJECTED'] as const) {
        const res = await waiting({ status }).send(BODY);
        expect([res.status, res.headers['idempotent-replayed'], res.body.status]).toEqual([200, 'true', status]);
      }
    });

    test('of another quantity: the key is used', async () => {
      for (const status of ['QUEUED', 'RESERVED', 'REJECTED'] as const) {
        const res = await waiting({ status, quantity: 2 }).send(BODY);
        expect([res.status, res.body.code, 'reservationStatus' in res.body]).toEqual([422, 'KEY_REUSED', false]);
      }
    });
  });

  test('Prefer: wait, rejected in time: the problem of its reason, and the key keeps it', async () => {
    const res = await post({ waitForDecision: async () => rejected() })
      .set('Prefer', 'wait=2')
      .send(BODY);
    expect(res.status).toBe(409);
    expect(res.headers['content-type']).toBe('application/problem+json');
    expect(res.body).toMatchObject({
      type: 'https://shop.example/problems/sold-out',
      title: 'Sold out',
      status: 409,
      code: 'SOLD_OUT',
      instance: PATH,
      reservationId: ID,
      reservationStatus: 'REJECTED',
    });
  });

  test('Prefer: wait, still undecided: 202', async () => {
    const res = await post().set('Prefer', 'wait=1').send(BODY);
    expect(res.status).toBe(202);
    expect(res.headers).toMatchObject({ 'preference-applied': 'wait=1', 'retry-after': '1' });
  });

  test.each(['wait=11', 'wait=-1', 'wait=1.5', 'wait=soon', 'wait'])('Prefer: %s is 400', async (prefer) => {
    const res = await post().set('Prefer', prefer).send(BODY);
    expect([res.status, res.body.code]).toEqual([400, 'INVALID_HEADER']);
  });

  test.each([reserved(), rejected(), reservation()])('a replay answers the current state: $status', async (view) => {
    const res = await post(accepting({ kind: 'replayed', reservation: view })).send(BODY);
    expect(res.status).toBe(200);
    expect(res.headers).toMatchObject({ 'idempotent-replayed': 'true', location: PATH, etag: `"${view.version}"` });
    expect(res.body).toMatchObject({ reservationId: ID, status: view.status });
    expect(res.body.reason).toBe(view.reason ?? undefined);
  });

  test('a replay of a queued request can wait as well', async () => {
    const replayed = accepting({ kind: 'replayed', reservation: reservation() });
    const res = await post({ ...replayed, waitForDecision: async () => reserved() })
      .set('Prefer', 'wait=1')
      .send(BODY);
    expect([res.status, res.body.status]).toEqual([200, 'RESERVED']);
  });

  test.each([
    ['SOLD_OUT', 409],
    ['SALE_PAUSED', 409],
    ['USER_LIMIT_EXCEEDED', 409],
    ['KEY_REUSED', 422],
    ['QUANTITY_TOO_LARGE', 422],
    ['UNKNOWN_SKU', 404],
  ] as const)('refused at the door: %s is %i, and nothing is stored', async (reason, status) => {
    const res = await post(accepting({ kind: 'refused', reason, retryAfterMs: 1200 })).send(BODY);
    expect([res.status, res.body.code]).toEqual([status, reason]);
    expect(res.headers['retry-after']).toBe('2');
    expect(res.body).not.toHaveProperty('reservationStatus');
    expect(res.body).not.toHaveProperty('reservationId');
  });

  test('no acknowledgement from the log: 503 with Retry-After', async () => {
    const res = await post(accepting({ kind: 'unavailable', retryAfterMs: 500 })).send(BODY);
    expect([res.status, res.body.code, res.headers['retry-after']]).toEqual([503, 'LOG_UNAVAILABLE', '1']);
  });
});

describe('GET /v1/reservations/{id}', () => {
  test.each([reservation(), reserved(), rejected()])('200 in every status: $status', async (view) => {
    const res = await get(finding(view));
    expect(res.status).toBe(200);
    expect(res.headers).toMatchObject({ etag: `"${view.version}"`, 'cache-control': 'private, no-cache' });
    expect(res.body.status).toBe(view.status);
    expect(res.headers['retry-after']).toBe(view.status === 'QUEUED' ? '1' : undefined);
  });

  test.each(['"7"', 'W/"7"', '"1", "7"', '*'])('If-None-Match %s: 304 without a body', async (etag) => {
    const res = await get(finding(reserved())).set('If-None-Match', etag);
    expect([res.status, res.text, res.headers.etag]).toEqual([304, '', '"7"']);
  });

  test('If-None-Match of an older version: 200', async () => {
    expect((await get(finding(reserved())).set('If-None-Match', '"6"')).status).toBe(200);
  });

  test('absent, and somebody else’s, are answered alike', async () => {
    const absent = await get();
    const foreign = await get(finding(reservation({ issuer: 'storefront:other' as Issuer })));
    expect([absent.status, absent.body.code]).toEqual([404, 'NOT_FOUND']);
    expect({ ...foreign.body, requestId: null }).toEqual({ ...absent.body, requestId: null });
  });

  test('unknown for now: 503 with Retry-After', async () => {
    const res = await get({ readReservation: async () => ({ kind: 'unknown', retryAfterMs: 1500 }) });
    expect([res.status, res.body.code, res.headers['retry-after']]).toEqual([503, 'STATUS_UNKNOWN', '3']);
  });

  test('Prefer: wait answers as soon as there is a decision', async () => {
    const res = await get({ ...finding(), waitForDecision: async () => reserved() }).set('Prefer', 'wait=3');
    expect([res.body.status, res.headers['preference-applied']]).toEqual(['RESERVED', 'wait=3']);
  });

  test('nobody waits for what is decided', async () => {
    const waitForDecision = () => Promise.reject(new Error('asked in vain'));
    expect((await get({ ...finding(reserved()), waitForDecision }).set('Prefer', 'wait=3')).status).toBe(200);
  });

  test('an outage while waiting is 503', async () => {
    const waitForDecision = () => Promise.reject(new Error('connection lost'));
    const res = await get({ ...finding(), waitForDecision }).set('Prefer', 'wait=3');
    expect([res.status, res.body.code]).toEqual([503, 'SERVICE_UNAVAILABLE']);
  });

  test('an id that is not a UUID is 400, in capitals it is the same id', async () => {
    const { app } = fixture(finding());
    const ask = (id: string) => request(app).get(`/v1/reservations/${id}`).set('Authorization', `Bearer ${SHOP_KEY}`);
    expect((await ask('42')).body.code).toBe('INVALID_ID');
    expect((await ask(ID.toUpperCase())).status).toBe(200);
  });
});
