import request from 'supertest';
import { quietOperations, sale } from '../fixtures/operations.js';
import { ADMIN_KEY, BUYER_TOKEN, fixture, SHOP_KEY, SKU } from '../fixtures/services.js';
import type { Operations } from '../operations.js';

const PATH = '/v1/admin/sale';

function asking(change: Partial<Operations> = {}, key: string | null = ADMIN_KEY) {
  const asked: unknown[] = [];
  const operations: Operations = {
    ...quietOperations,
    haltSale: async (by, reason) => {
      asked.push(['halt', by, reason]);
      return sale({ state: 'HALTED', reason, changedBy: by.name });
    },
    resumeSale: async (by, reason) => {
      asked.push(['resume', by, reason]);
      return sale({ reason, changedBy: by.name });
    },
    ...change,
  };
  const { app } = fixture({ operations });
  const send = (method: 'get' | 'post' | 'put', path: string) => {
    const ask = request(app)[method](path);
    return key === null ? ask : ask.set('Authorization', `Bearer ${key}`);
  };
  return { asked, send };
}

const BY = { name: 'ops', principal: 'operator:ops ops' };
const SINCE = '2030-01-31T12:00:00.000Z';

test('the state of the sale, never from a cache', async () => {
  const { send } = asking({ readSale: async () => sale({ state: 'HALTED', reason: 'why', changedBy: 'auditor' }) });
  const res = await send('get', PATH);
  expect([res.status, res.headers['cache-control']]).toEqual([200, 'no-store']);
  expect(res.body).toEqual({ state: 'HALTED', reason: 'why', changedBy: 'auditor', since: SINCE });
});

test('halted with a reason, in the name of the operator', async () => {
  const { asked, send } = asking();
  const res = await send('post', `${PATH}/halt`).send({ reason: 'a count is wrong' });
  expect([res.status, res.body]).toEqual([200, { state: 'HALTED', reason: 'a count is wrong', changedBy: 'ops', since: SINCE }]);
  expect(asked).toEqual([['halt', BY, 'a count is wrong']]);
});

test.each([
  [undefined, null],
  [{}, null],
  [{ reason: 'it was not' }, 'it was not'],
])('resumed by %j', async (body, reason) => {
  const { asked, send } = asking();
  const res = await send('post', `${PATH}/resume`).send(body);
  expect([res.status, res.body.state]).toEqual([200, 'RUNNING']);
  expect(asked).toEqual([['resume', BY, reason]]);
});

test.each([
  ['halt', {}],
  ['halt', { reason: '' }],
  ['halt', { reason: null }],
  ['halt', { reason: 7 }],
  ['halt', { reason: 'x'.repeat(201) }],
  ['halt', { reason: 'a\nb' }],
  ['halt', { reason: '\ud800' }],
  ['halt', { reason: 'x', forHours: 2 }],
  ['resume', { reason: '' }],
  ['resume', { why: 'x' }],
])('%s by %j is 400, and nothing is done', async (what, body) => {
  const { asked, send } = asking();
  const res = await send('post', `${PATH}/${what}`).send(body);
  expect([res.status, res.body.code, asked]).toEqual([400, 'INVALID_BODY', []]);
});

test('a halt without a body is 415: it needs its reason', async () => {
  const { asked, send } = asking();
  expect([(await send('post', `${PATH}/halt`)).status, asked]).toEqual([415, []]);
});

test.each([
  ['get', PATH],
  ['post', `${PATH}/halt`],
  ['post', `${PATH}/resume`],
] as const)('%s %s is for operators', async (method, path) => {
  for (const [key, status] of [
    [null, 401],
    ['fsk_of-nobody-at-all', 401],
    [SHOP_KEY, 403],
    [BUYER_TOKEN, 403],
  ] as const) {
    const { asked, send } = asking({}, key);
    const ask = send(method, path);
    expect([(await (method === 'post' ? ask.send({ reason: 'x' }) : ask)).status, asked]).toEqual([status, []]);
  }
});

test('with the database away: 503', async () => {
  const away = () => Promise.reject(new Error('away'));
  const { send } = asking({ readSale: away, haltSale: away, resumeSale: away });
  for (const ask of [send('get', PATH), send('post', `${PATH}/halt`).send({ reason: 'x' }), send('post', `${PATH}/resume`)]) {
    const res = await ask;
    expect([res.status, res.body.code]).toEqual([503, 'SERVICE_UNAVAILABLE']);
  }
});

test('another method is 405; a query is 400', async () => {
  const { send } = asking();
  expect((await send('put', PATH)).headers.allow).toBe('GET, HEAD');
  expect((await send('get', `${PATH}/halt`)).headers.allow).toBe('POST');
  expect((await send('get', `${PATH}?verbose=1`)).body.code).toBe('INVALID_QUERY');
});

test('a request while the sale is halted: 503 with a code of its own, and nothing refused for good', async () => {
  const { app } = fixture({ accept: async () => ({ kind: 'halted', retryAfterMs: 5_000 }) });
  const res = await request(app)
    .post('/v1/reservations')
    .set('Authorization', `Bearer ${SHOP_KEY}`)
    .set('Idempotency-Key', 'k')
    .send({ skuId: SKU, quantity: 1, userId: 'u' });
  expect([res.status, res.body.code, res.headers['retry-after']]).toEqual([503, 'SALE_HALTED', '8']);
  expect(res.body).not.toHaveProperty('reservationStatus');
});
