import type { Express } from 'express';
import request from 'supertest';
import type { Issuer, UserId } from '../domain/ids.js';
import type { ReservationView } from '../ports/hints.js';
import { BUYER_TOKEN, fixture, ID, reservation, SHOP_KEY, SKU } from './fixtures/services.js';

/** A buyer with a token of their own, beside the storefront whose buyer they are. */
const asBuyer = { Authorization: `Bearer ${BUYER_TOKEN}`, 'Idempotency-Key': 'key-1' };
const asShop = { Authorization: `Bearer ${SHOP_KEY}`, 'Idempotency-Key': 'key-1' };
const BODY = { skuId: SKU, quantity: 1 };
const reserve = (app: Express, headers: typeof asBuyer, body: object) => request(app).post('/v1/reservations').set(headers).send(body);

const mine = reservation();
const anothers = reservation({ userId: 'bob' as UserId });
const namesakes = reservation({ issuer: 'storefront:rival' as Issuer });
const finding = (found: ReservationView) => ({ readReservation: async () => ({ kind: 'found', reservation: found }) as const });

test('the token names the buyer: the very one that the storefront would name', async () => {
  const { app, reserveRequests } = fixture();
  expect((await reserve(app, asBuyer, BODY)).status).toBe(202);
  expect((await reserve(app, asShop, { ...BODY, userId: 'alice' })).status).toBe(202);
  const principal = { issuer: 'storefront:shop', userId: 'alice' };
  expect(reserveRequests).toMatchObject([{ principal }, { principal }]);
});

test.each(['alice', 'bob', '', 7, null])('a userId of %j beside a token: 400', async (userId) => {
  const { app, reserveRequests } = fixture();
  const res = await reserve(app, asBuyer, { ...BODY, userId });
  expect([res.status, res.body.code]).toEqual([400, 'INVALID_USER_ID']);
  expect(reserveRequests).toEqual([]);
});

test('with an API key it is needed: 400', async () => {
  const res = await reserve(fixture().app, asShop, BODY);
  expect([res.status, res.body.code]).toEqual([400, 'INVALID_USER_ID']);
});

const ROUTES = [
  ['get', ''],
  ['post', '/confirm'],
  ['post', '/cancel'],
  ['post', '/extend'],
] as const;

describe.each(ROUTES)('%s /v1/reservations/{id}%s', (method, path) => {
  const ask = (found: ReservationView, headers: typeof asBuyer) => {
    const asked = fixture(finding(found));
    const body = path === '/confirm' ? { paymentReference: 'pi_1' } : undefined;
    return { asked, answer: request(asked.app)[method](`/v1/reservations/${ID}${path}`).set(headers).send(body) };
  };

  test('a buyer has their own', async () => {
    expect((await ask(mine, asBuyer).answer).status).toBe(200);
  });

  test.each([
    ['another buyer of the same storefront', anothers],
    ['a namesake at another storefront', namesakes],
  ])('what belongs to %s is not there: 404', async (_who, found) => {
    const { asked, answer } = ask(found, asBuyer);
    const res = await answer;
    expect([res.status, res.body.code]).toEqual([404, 'NOT_FOUND']);
    expect(res.text).not.toMatch(/bob|rival/);
    expect(asked.holdRequests).toEqual([]);
  });

  test('a storefront has all of its own buyers, however they came', async () => {
    for (const found of [mine, anothers]) expect((await ask(found, asShop).answer).status).toBe(200);
    expect((await ask(namesakes, asShop).answer).status).toBe(404);
  });
});

test.each([
  ['get', '/v1/admin/skus/sneaker-42'],
  ['put', '/v1/admin/skus/sneaker-42'],
  ['post', '/v1/admin/skus/sneaker-42/adjustments'],
  ['post', '/v1/admin/skus/sneaker-42/pause'],
  ['post', '/v1/admin/skus/sneaker-42/resume'],
] as const)('%s %s with the token of a buyer: 403', async (method, path) => {
  const asked = fixture();
  const res = await request(asked.app)[method](path).set(asBuyer).send({});
  expect([res.status, res.body.code]).toEqual([403, 'FORBIDDEN']);
  expect(res.headers['www-authenticate']).toContain('error="insufficient_scope", scope="admin"');
  expect([...asked.configureRequests, ...asked.adjustRequests]).toEqual([]);
});

test('where no key is at hand to tell: 503, and not the buyer’s fault', async () => {
  const { app, lines } = fixture({ verifyToken: () => Promise.reject(new Error('id.internal does not answer')) });
  const res = await reserve(app, asBuyer, BODY);
  expect([res.status, res.body.code, res.headers['retry-after']]).toEqual([503, 'SERVICE_UNAVAILABLE', '2']);
  expect([res.text, JSON.stringify(lines)].join()).not.toContain(BUYER_TOKEN);
  expect(res.text).not.toContain('id.internal');
});
