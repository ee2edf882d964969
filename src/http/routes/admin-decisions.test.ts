import request from 'supertest';
import { ADMIN_KEY, fixture, SHOP_KEY, sku } from '../fixtures/services.js';
import type { AppDependencies } from '../services.js';

const PATH = '/v1/admin/skus/sneaker-42/decisions';
const decision = (sequence: number) => ({
  sequence,
  type: 'flashsale.reservation.reserved.v1',
  decidedAt: '2030-01-31T18:00:00.000Z',
  data: { sequence },
});

function ledgerOf(sequences: readonly number[], change: Partial<AppDependencies> = {}, key = ADMIN_KEY) {
  const asked: unknown[] = [];
  const readDecisions: AppDependencies['readDecisions'] = async (skuId, after, limit) => {
    asked.push([skuId, after, limit]);
    const wanted = sequences.filter((sequence) => sequence > after);
    return { decisions: wanted.slice(0, limit).map(decision), hasMore: wanted.length > limit };
  };
  const { app } = fixture({ readDecisions, ...change });
  return {
    asked,
    get: (query = '', path = PATH) =>
      request(app)
        .get(path + query)
        .set('Authorization', `Bearer ${key}`),
  };
}

test('the ledger by sequence, a page at a time', async () => {
  const { get, asked } = ledgerOf([1, 2, 3]);
  const first = await get('?limit=2');
  expect(first.status).toBe(200);
  expect(first.body).toEqual({ skuId: 'sneaker-42', decisions: [decision(1), decision(2)] });
  expect(first.headers.link).toBe(`<${PATH}?limit=2&after=2>; rel="next"`);
  const last = await get('?limit=2&after=2');
  expect([last.body.decisions, last.headers.link]).toEqual([[decision(3)], undefined]);
  await get();
  expect(asked).toEqual([
    ['sneaker-42', 0, 2],
    ['sneaker-42', 2, 2],
    ['sneaker-42', 0, 100],
  ]);
});

test('behind its end there is nothing; of an unknown SKU there is no ledger', async () => {
  const known = await ledgerOf([], { readSku: async () => sku() }).get('?after=99');
  expect([known.status, known.body.decisions]).toEqual([200, []]);
  const unknown = await ledgerOf([]).get();
  expect([unknown.status, unknown.body.code]).toEqual([404, 'UNKNOWN_SKU']);
});

test.each([
  '?after=-1',
  '?after=1.5',
  '?after=',
  '?after=x',
  '?after=1e3',
  '?after=9007199254740993',
  '?limit=0',
  '?limit=501',
  '?since=1',
  '?after=1&after=2',
])('%s: 400', async (query) => {
  const { get, asked } = ledgerOf([1]);
  const res = await get(query);
  expect([res.status, res.body.code, asked]).toEqual([400, 'INVALID_QUERY', []]);
});

test('only for operators, and only of a SKU', async () => {
  expect((await ledgerOf([1], {}, SHOP_KEY).get()).status).toBe(403);
  const res = await ledgerOf([1]).get('', '/v1/admin/skus/a%20b/decisions');
  expect([res.status, res.body.code]).toEqual([400, 'INVALID_SKU']);
});
