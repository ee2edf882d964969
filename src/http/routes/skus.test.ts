import request from 'supertest';
import type { StockHint } from '../../ports/hints.js';
import { fixture, NOW, SKU } from '../fixtures/services.js';

const PATH = `/v1/skus/${SKU}/availability`;
const hint = (change: Partial<StockHint> = {}): StockHint => ({
  total: 500,
  available: 497,
  state: 'OPEN',
  opensAt: null,
  closesAt: null,
  sequence: 9,
  asOf: NOW,
  ...change,
});
const get = (stock: StockHint | null) => request(fixture({ availability: async () => stock }).app).get(PATH);

test('is public and lets a shared cache answer for a second', async () => {
  const res = await get(hint());
  expect(res.status).toBe(200);
  expect(res.headers).toMatchObject({ 'cache-control': 'public, s-maxage=1', etag: 'W/"9-OPEN"' });
  expect(res.body).toEqual({ available: 497, total: 500, status: 'OPEN', asOf: '2030-01-31T18:00:00.000Z' });
});

test.each([
  [{ opensAt: NOW + 1 }, 'NOT_OPEN'],
  [{ opensAt: NOW, closesAt: NOW + 1 }, 'OPEN'],
  [{ closesAt: NOW }, 'CLOSED'],
  [{ state: 'PAUSED' }, 'PAUSED'],
  [{ available: 0 }, 'SOLD_OUT'],
  [{ available: 0, closesAt: NOW }, 'CLOSED'],
] as const)('%j is %s', async (change, status) => {
  expect((await get(hint(change))).body.status).toBe(status);
});

test('while the sale is halted nothing is sold, whatever is left; the shared copies end with it', async () => {
  const res = await request(fixture({ availability: async () => hint(), isHalted: () => true }).app)
    .get(PATH)
    .set('If-None-Match', 'W/"9-OPEN"');
  expect([res.status, res.body.status, res.headers.etag]).toEqual([200, 'HALTED', 'W/"9-HALTED"']);
});

test('If-None-Match: 304, but not when only the clock has opened the sale', async () => {
  expect((await get(hint()).set('If-None-Match', 'W/"9-OPEN"')).status).toBe(304);
  expect((await get(hint()).set('If-None-Match', 'W/"9-NOT_OPEN"')).status).toBe(200);
});

test.each([null, hint({ state: 'UNKNOWN' })])('unknown SKU: 404, not cached (%#)', async (stock) => {
  const res = await get(stock);
  expect([res.status, res.body.code, res.headers['cache-control']]).toEqual([404, 'UNKNOWN_SKU', 'no-store']);
});

test('HEAD answers the same without a body', async () => {
  const res = await request(fixture({ availability: async () => hint() }).app).head(PATH);
  expect([res.status, res.headers.etag, res.text ?? '']).toEqual([200, 'W/"9-OPEN"', '']);
  expect(Number(res.headers['content-length'])).toBeGreaterThan(50);
});

test('an outage is 503 with Retry-After', async () => {
  const res = await request(fixture({ availability: () => Promise.reject(new Error('gone')) }).app).get(PATH);
  expect([res.status, res.body.code, res.headers['retry-after']]).toEqual([503, 'SERVICE_UNAVAILABLE', '2']);
});
