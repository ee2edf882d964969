import request from 'supertest';
import { ADMIN_KEY, fixture, NOW, SHOP_KEY, SKU, sku } from '../fixtures/services.js';
import type { AppDependencies, OperatorAnswer } from '../services.js';

const PATH = `/v1/admin/skus/${SKU}`;
const put = (change: Partial<AppDependencies> = {}) => request(fixture(change).app).put(PATH).set('Authorization', `Bearer ${ADMIN_KEY}`);
const answering = (answer: unknown) => ({ configureSku: async () => answer as OperatorAnswer });
const existing = { readSku: async () => sku() };

test('created again, it was not created now: 200 with the SKU as it is', async () => {
  const { app } = fixture({ configureSku: async () => ({ kind: 'applied', replayed: true, sku: sku() }) });
  const res = await request(app).put(PATH).set('Authorization', `Bearer ${ADMIN_KEY}`).send({ total: 500 });
  expect([res.status, res.headers['idempotent-replayed'], res.body.skuId]).toEqual([200, 'true', SKU]);
});

test('creates a SKU: 201 with its version', async () => {
  const { app, configureRequests } = fixture();
  const res = await request(app)
    .put(PATH)
    .set('Authorization', `Bearer ${ADMIN_KEY}`)
    .set('X-Request-Id', 'trace-1')
    .send({ total: 500, name: 'Sneaker', perUserLimit: 2, opensAt: '2030-01-31T19:00:00+01:00', closesAt: null });
  expect(res.status).toBe(201);
  expect(res.headers.etag).toBe('"3"');
  expect(res.body).toEqual({
    skuId: SKU,
    name: 'Sneaker',
    state: 'OPEN',
    perUserLimit: 2,
    maxQuantity: 2,
    holdSeconds: 600,
    maxExtendSeconds: 600,
    opensAt: null,
    closesAt: null,
    total: 500,
    reserved: 2,
    confirmed: 1,
    available: 497,
    sequence: 9,
    version: 3,
  });
  expect(configureRequests).toEqual([
    {
      principal: { issuer: 'operator:ops', userId: 'ops' },
      skuId: SKU,
      ifMatch: null,
      total: 500,
      change: { name: 'Sneaker', perUserLimit: 2, opensAt: NOW, closesAt: null },
      correlationId: 'trace-1',
    },
  ]);
});

test('changes a SKU: 200, and settings left out are not in the command', async () => {
  const { app, configureRequests } = fixture(existing);
  const res = await request(app).put(PATH).set('Authorization', `Bearer ${ADMIN_KEY}`).set('If-Match', '"3"').send({ maxQuantity: 1 });
  expect(res.status).toBe(200);
  expect(configureRequests).toMatchObject([{ ifMatch: 3, total: null }]);
  expect(Object.keys(configureRequests[0]!.change)).toEqual(['maxQuantity']);
});

test.each([
  ['a change without If-Match', existing, {}, { maxQuantity: 1 }, 428, 'PRECONDITION_REQUIRED'],
  ['a stale If-Match', answering({ kind: 'refused', reason: 'VERSION_CONFLICT' }), { 'If-Match': '"2"' }, {}, 412, 'VERSION_CONFLICT'],
  ['a total for a SKU that exists', answering({ kind: 'refused', reason: 'VERSION_CONFLICT' }), {}, { total: 5 }, 409, 'USE_ADJUSTMENTS'],
  ['a total with If-Match', {}, { 'If-Match': '"3"' }, { total: 5 }, 409, 'USE_ADJUSTMENTS'],
  [
    'a change of a SKU that does not exist',
    answering({ kind: 'refused', reason: 'NOT_FOUND' }),
    { 'If-Match': '"1"' },
    {},
    404,
    'UNKNOWN_SKU',
  ],
  [
    'a window that is none by what the writer knows',
    answering({ kind: 'refused', reason: 'INVALID_WINDOW' }),
    { 'If-Match': '"1"' },
    { closesAt: '2030-01-01T00:00:00Z' },
    422,
    'INVALID_WINDOW',
  ],
  ['a creation without total', {}, {}, { maxQuantity: 1 }, 400, 'INVALID_BODY'],
  ['the log away', answering({ kind: 'unavailable', retryAfterMs: 10 }), {}, { total: 1 }, 503, 'LOG_UNAVAILABLE'],
  ['If-Match: *', {}, { 'If-Match': '*' }, {}, 400, 'INVALID_HEADER'],
] as const)('%s', async (_name, change, headers, body, status, code) => {
  const res = await put(change).set(headers).send(body);
  expect([res.status, res.body.code]).toEqual([status, code]);
});

test('a stub that nobody created counts as absent', async () => {
  const readSku = async () => sku({ settings: { ...sku().settings, state: 'UNKNOWN' } });
  expect((await put({ readSku }).send({ maxQuantity: 1 })).body.code).toBe('INVALID_BODY');
});

test('not decided in time: 202 with where to look', async () => {
  const res = await put(answering({ kind: 'pending', appended: { partition: 0, offset: 3 } })).send({ total: 1 });
  expect([res.status, res.headers.location, res.headers['retry-after']]).toEqual([202, PATH, '1']);
});

test.each([
  { total: -1 },
  { total: 1.5 },
  { total: '5' },
  { total: 1_000_000_001 },
  { total: 1, perUserLimit: 0 },
  { total: 1, maxQuantity: 0 },
  { total: 1, holdSeconds: 0 },
  { total: 1, holdSeconds: 604_801 },
  { total: 1, maxExtendSeconds: -1 },
  { total: 1, name: '' },
  { total: 1, name: 'x'.repeat(201) },
  { total: 1, name: 'a\u0000b' },
  { total: 1, name: '\ud800' },
  { total: 1, opensAt: 'tomorrow' },
  { total: 1, opensAt: '2030-02-30T00:00:00Z' },
  { total: 1, opensAt: '2030-01-01T00:00:00' },
  { total: 1, opensAt: NOW },
  { total: 1, state: 'PAUSED' },
  { total: 1, version: 3 },
])('%j is 400 invalid-body', async (body) => {
  const { app, configureRequests } = fixture();
  const res = await request(app).put(PATH).set('Authorization', `Bearer ${ADMIN_KEY}`).send(body);
  expect([res.status, res.body.code]).toEqual([400, 'INVALID_BODY']);
  expect(configureRequests).toEqual([]);
});

test.each(['2029-12-31T00:00:00Z', '2030-01-01T00:00:00Z'])(
  'a sale from 2030-01-01 that closes at %s is 422 invalid-window',
  async (closesAt) => {
    const { app, configureRequests } = fixture();
    const res = await request(app)
      .put(PATH)
      .set('Authorization', `Bearer ${ADMIN_KEY}`)
      .send({ total: 1, opensAt: '2030-01-01T00:00:00Z', closesAt });
    expect([res.status, res.body.code]).toEqual([422, 'INVALID_WINDOW']);
    expect(configureRequests).toEqual([]);
  },
);

test('a window is judged with the bound that stays', async () => {
  const readSku = async () => sku({ settings: { ...sku().settings, opensAt: NOW } });
  const change = (closesAt: number) =>
    put({ readSku })
      .set('If-Match', '"3"')
      .send({ closesAt: new Date(closesAt).toISOString() });
  expect((await change(NOW - 1)).status).toBe(422);
  expect((await change(NOW + 1)).status).toBe(200);
});

test('GET tells the version that a change needs', async () => {
  const ask = (change: Partial<AppDependencies>) => request(fixture(change).app).get(PATH).set('Authorization', `Bearer ${ADMIN_KEY}`);
  const res = await ask(existing);
  expect([res.status, res.headers.etag, res.body.version]).toEqual([200, '"3"', 3]);
  expect((await ask({})).body.code).toBe('UNKNOWN_SKU');
});

test('needs the scope admin', async () => {
  const res = await request(fixture().app).put(PATH).set('Authorization', `Bearer ${SHOP_KEY}`).send({ total: 1 });
  expect([res.status, res.body.code]).toEqual([403, 'FORBIDDEN']);
  expect(res.headers['www-authenticate']).toContain('insufficient_scope');
});

test('a SKU id with a character outside the pattern is 400', async () => {
  const res = await request(fixture().app).put('/v1/admin/skus/a%20b').set('Authorization', `Bearer ${ADMIN_KEY}`).send({ total: 1 });
  expect([res.status, res.body.code]).toEqual([400, 'INVALID_SKU']);
});
