import request from 'supertest';
import { aRow } from '../../../test/support/domain.js';
import type { ReservationFilter } from '../../ports/store.js';
import { ADMIN_KEY, BUYER_TOKEN, fixture, SHOP_KEY } from '../fixtures/services.js';
import type { AppDependencies } from '../services.js';

const ROW = aRow({ user: 'ann' });
const NEXT = '0190b7a0-0000-8000-8000-00000000abcd';

interface Asked {
  readonly filter: ReservationFilter;
  readonly after: string | null;
  readonly limit: number;
}

/** The list behind the app; `next` is what it says of every page. */
function listing(next: string | null = null, key = SHOP_KEY) {
  const asked: Asked[] = [];
  const listReservations: AppDependencies['listReservations'] = async (filter, after, limit) => {
    asked.push({ filter, after, limit });
    return { reservations: [ROW], next };
  };
  const { app } = fixture({ listReservations });
  const get = (query: string) => request(app).get(`/v1/reservations${query}`).set('Authorization', `Bearer ${key}`);
  return { get, asked };
}

const linkOf = (headers: Record<string, string>): string => /^<(.*)>; rel="next"$/.exec(headers.link ?? '')?.[1] ?? '';

test("the shop's own, as a GET of each would show them", async () => {
  const { get, asked } = listing();
  const res = await get('');
  expect([res.status, res.headers['cache-control'], res.headers.link]).toEqual([200, 'private, no-cache', undefined]);
  expect(res.body.reservations).toMatchObject([{ reservationId: ROW.reservationId, userId: 'ann', status: ROW.status }]);
  expect(res.body.reservations[0]).not.toHaveProperty('issuer');
  expect(asked).toEqual([{ filter: { issuer: 'storefront:shop', userId: null, skuId: null, status: null }, after: null, limit: 50 }]);
});

test('filters are passed on', async () => {
  const { get, asked } = listing();
  expect((await get('?skuId=a&userId=u%2Bv&status=REJECTED&limit=7')).status).toBe(200);
  expect(asked).toEqual([{ filter: { issuer: 'storefront:shop', userId: 'u+v', skuId: 'a', status: 'REJECTED' }, after: null, limit: 7 }]);
});

test("a buyer's own; whom else they name is not asked about", async () => {
  const { get, asked } = listing(NEXT, BUYER_TOKEN);
  const link = linkOf((await get('?limit=7')).headers);
  expect((await get(link.slice('/v1/reservations'.length))).status).toBe(200);
  const filter = { issuer: 'storefront:shop', userId: 'alice', skuId: null, status: null };
  expect(asked).toEqual([null, NEXT].map((after) => ({ filter, after, limit: 7 })));
  for (const user of ['bob', 'alice']) {
    const res = await get(`?userId=${user}`);
    expect([res.status, res.body.detail]).toEqual([400, 'userId must be left out: the token names the buyer.']);
  }
  // A page of the shop's list is none of theirs.
  const shops = linkOf((await listing(NEXT).get('')).headers);
  expect((await get(shops.slice('/v1/reservations'.length))).body.code).toBe('INVALID_QUERY');
  expect(asked).toHaveLength(2);
});

test('Link leads to the next page of the same list, and from there on', async () => {
  const { get, asked } = listing(NEXT);
  const first = linkOf((await get('?skuId=a&limit=7')).headers);
  expect(first).toMatch(/^\/v1\/reservations\?skuId=a&limit=7&cursor=[\w-]{32}$/);
  const second = linkOf((await get(first.slice('/v1/reservations'.length))).headers);
  expect(second).toBe(first);
  expect(asked[1]).toEqual({ ...asked[0], after: NEXT });
});

test('a cursor of another list is 400', async () => {
  const { get, asked } = listing(NEXT);
  const link = linkOf((await get('?skuId=a')).headers);
  for (const other of [link.replace('skuId=a', 'skuId=b'), link.replace('skuId=a&', ''), `${link}&status=CONFIRMED`]) {
    const res = await get(other.slice('/v1/reservations'.length));
    expect([res.status, res.body.code]).toEqual([400, 'INVALID_QUERY']);
  }
  expect(asked).toHaveLength(1);
});

test.each([
  ['?colour=red', 'INVALID_QUERY', '"colour" is not a parameter that this route takes.'],
  ['?__proto__=1', 'INVALID_QUERY', '"__proto__" is not a parameter that this route takes.'],
  ['?skuId=a&skuId=a', 'INVALID_QUERY', '"skuId" was sent twice.'],
  ['?skuId=', 'INVALID_SKU', 'skuId must have 1 to 64 characters: letters, digits, and ._:- after the first.'],
  ['?skuId=a%00', 'INVALID_SKU', undefined],
  ['?skuId=%E0%A4%A', 'INVALID_SKU', undefined],
  ['?skuId=a%27;--', 'INVALID_SKU', undefined],
  ['?userId=', 'INVALID_USER_ID', undefined],
  ['?userId=a+b', 'INVALID_USER_ID', undefined],
  ['?userId=a%22', 'INVALID_USER_ID', undefined],
  ['?status=QUEUED', 'INVALID_QUERY', 'status must be one of RESERVED, REJECTED, CONFIRMED, CANCELLED, EXPIRED.'],
  ['?status=reserved', 'INVALID_QUERY', undefined],
  ['?status=', 'INVALID_QUERY', undefined],
  ['?limit=0', 'INVALID_QUERY', 'limit must be a whole number from 1 to 100.'],
  ['?limit=101', 'INVALID_QUERY', 'limit must be a whole number from 1 to 100.'],
  ['?limit=-1', 'INVALID_QUERY', undefined],
  ['?limit=1e1', 'INVALID_QUERY', undefined],
  ['?limit=01', 'INVALID_QUERY', undefined],
  ['?limit=', 'INVALID_QUERY', undefined],
  ['?cursor=', 'INVALID_QUERY', 'cursor is not one that this list gave: begin again without it.'],
  ['?cursor=AAAA', 'INVALID_QUERY', undefined],
  [`?cursor=${'A'.repeat(32)}`, 'INVALID_QUERY', undefined],
  [`?${'a=1&'.repeat(1001)}`, 'INVALID_QUERY', 'A query has at most 16 parameters.'],
])('%.40s: 400', async (query, code, detail) => {
  const { get, asked } = listing();
  const res = await get(query);
  expect([res.status, res.body.code, asked]).toEqual([400, code, []]);
  if (detail !== undefined) expect(res.body.detail).toBe(detail);
});

test('who may not reserve may not list', async () => {
  expect((await listing(null, ADMIN_KEY).get('')).status).toBe(403);
  expect((await listing(null, 'fsk_of-nobody-at-all').get('?colour=red')).status).toBe(401);
});

test('an outage is 503', async () => {
  const { app } = fixture({ listReservations: () => Promise.reject(new Error('away')) });
  const res = await request(app).get('/v1/reservations').set('Authorization', `Bearer ${SHOP_KEY}`);
  expect([res.status, res.body.code]).toEqual([503, 'SERVICE_UNAVAILABLE']);
});
