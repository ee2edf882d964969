import request from 'supertest';
import { ADMIN_KEY, fixture, SHOP_KEY, SKU, sku } from '../fixtures/services.js';
import type { AppDependencies, OperatorAnswer } from '../services.js';

const PATH = `/v1/admin/skus/${SKU}`;
const existing = { readSku: async () => sku() };
const answering = (answer: OperatorAnswer) => ({ ...existing, adjustSku: async () => answer, configureSku: async () => answer });
const REFUSED = (reason: 'BELOW_COMMITTED' | 'TOTAL_TOO_LARGE' | 'KEY_REUSED' | 'NOT_FOUND') =>
  answering({ kind: 'refused', reason } satisfies OperatorAnswer);
const BODY = { delta: 5, reason: 'found a box' };

const post = (name: string, change: Partial<AppDependencies> = existing) => {
  const own = fixture(change);
  const ask = request(own.app).post(`${PATH}/${name}`).set('Authorization', `Bearer ${ADMIN_KEY}`);
  return { own, ask: name === 'adjustments' ? ask.set('Idempotency-Key', 'key-1') : ask };
};

test('an adjustment: 200 with the SKU', async () => {
  const { own, ask } = post('adjustments');
  const res = await ask.set('X-Request-Id', 'trace-1').send(BODY);
  expect([res.status, res.headers.etag]).toEqual([200, '"3"']);
  expect(res.body).toMatchObject({ skuId: SKU, total: 500, available: 497, version: 3 });
  expect(res.headers).not.toHaveProperty('idempotent-replayed');
  const principal = { issuer: 'operator:ops', userId: 'ops' };
  expect(own.adjustRequests).toEqual([{ principal, skuId: SKU, ...BODY, idempotencyKey: 'key-1', correlationId: 'trace-1' }]);
});

test('a repeat of an adjustment is 200, and says so', async () => {
  const res = await post('adjustments', answering({ kind: 'applied', replayed: true, sku: sku() })).ask.send(BODY);
  expect([res.status, res.headers['idempotent-replayed']]).toEqual([200, 'true']);
});

test.each([
  ['BELOW_COMMITTED', 409, 'BELOW_COMMITTED'],
  ['TOTAL_TOO_LARGE', 422, 'TOTAL_TOO_LARGE'],
  ['KEY_REUSED', 422, 'KEY_REUSED'],
  ['NOT_FOUND', 404, 'UNKNOWN_SKU'],
] as const)('an adjustment refused as %s is %i %s', async (reason, status, code) => {
  const res = await post('adjustments', REFUSED(reason)).ask.send(BODY);
  expect([res.status, res.body.code]).toEqual([status, code]);
});

test.each([
  {},
  { delta: 5 },
  { reason: 'x' },
  { ...BODY, delta: 0 },
  { ...BODY, delta: 1.5 },
  { ...BODY, delta: '5' },
  { ...BODY, delta: 1_000_000_001 },
  { ...BODY, delta: -1_000_000_001 },
  { ...BODY, reason: '' },
  { ...BODY, reason: 'x'.repeat(201) },
  { ...BODY, reason: 'a\u0000b' },
  { ...BODY, reason: '\ud800' },
  { ...BODY, total: 5 },
])('an adjustment by %j is 400 invalid-body', async (body) => {
  const { own, ask } = post('adjustments');
  const res = await ask.send(body);
  expect([res.status, res.body.code]).toEqual([400, 'INVALID_BODY']);
  expect(own.adjustRequests).toEqual([]);
});

test('an adjustment needs an Idempotency-Key', async () => {
  const { app } = fixture(existing);
  const res = await request(app).post(`${PATH}/adjustments`).set('Authorization', `Bearer ${ADMIN_KEY}`).send(BODY);
  expect([res.status, res.body.code]).toEqual([400, 'INVALID_IDEMPOTENCY_KEY']);
});

test.each([
  ['pause', 'PAUSED'],
  ['resume', 'OPEN'],
] as const)('%s: a change of the state alone, of whatever version', async (name, state) => {
  for (const body of [undefined, {}]) {
    const { own, ask } = post(name);
    const res = await ask.send(body);
    expect([res.status, res.headers.etag, res.body.skuId]).toEqual([200, '"3"', SKU]);
    expect(own.configureRequests).toMatchObject([{ skuId: SKU, ifMatch: '*', total: null, change: { state } }]);
  }
  expect((await post(name).ask.send({ state })).body.code).toBe('INVALID_BODY');
});

describe.each(['adjustments', 'pause', 'resume'])('%s', (name) => {
  const body = name === 'adjustments' ? BODY : {};

  test.each([
    ['none', null],
    ['a stub', sku({ settings: { ...sku().settings, state: 'UNKNOWN' } })],
  ])('of a SKU that nobody created (%s): 404, and nothing is published', async (_, stock) => {
    const { own, ask } = post(name, { readSku: async () => stock });
    const res = await ask.send(body);
    expect([res.status, res.body.code]).toEqual([404, 'UNKNOWN_SKU']);
    expect([...own.adjustRequests, ...own.configureRequests]).toEqual([]);
  });

  test('not decided in time: 202 with where to look', async () => {
    const pending = { kind: 'pending', appended: { partition: 0, offset: 3 } } as OperatorAnswer;
    const res = await post(name, answering(pending)).ask.send(body);
    expect([res.status, res.headers.location, res.headers['retry-after']]).toEqual([202, PATH, '1']);
  });

  test('the log away: 503 with Retry-After', async () => {
    const res = await post(name, answering({ kind: 'unavailable', retryAfterMs: 10 })).ask.send(body);
    expect([res.status, res.body.code, res.headers['retry-after']]).toEqual([503, 'LOG_UNAVAILABLE', '1']);
  });

  test('needs the scope admin, and a sound SKU id', async () => {
    const { app } = fixture(existing);
    const ask = (id: string, key: string) =>
      request(app).post(`/v1/admin/skus/${id}/${name}`).set('Authorization', `Bearer ${key}`).set('Idempotency-Key', 'key-1').send(body);
    expect((await ask(SKU, SHOP_KEY)).status).toBe(403);
    expect((await ask('a%20b', ADMIN_KEY)).body.code).toBe('INVALID_SKU');
  });
});
