import type { Express } from 'express';
import request from 'supertest';
import { fixture, SHOP_KEY } from './fixtures/services.js';

const BODY = { skuId: 'a', quantity: 1, userId: 'u' };
const post = (app: Express) =>
  request(app).post('/v1/reservations').set('Authorization', `Bearer ${SHOP_KEY}`).set('Idempotency-Key', 'k').send(BODY);

describe('request id', () => {
  test('a sane one is echoed', async () => {
    const res = await request(fixture().app).get('/nothing').set('X-Request-Id', 'Trace_1.2:3-4');
    expect([res.headers['x-request-id'], res.body.requestId]).toEqual(['Trace_1.2:3-4', 'Trace_1.2:3-4']);
  });

  test.each(['', 'a b', '"', 'x'.repeat(65)])('%j is replaced', async (id) => {
    const res = await request(fixture().app).get('/livez').set('X-Request-Id', id);
    expect(res.headers['x-request-id']).toBe('00000000-0000-4000-8000-000000000001');
  });
});

test('every answer has the headers that keep it from being taken for a page', async () => {
  const res = await request(fixture().app).get('/livez');
  expect(res.headers).toMatchObject({
    'content-security-policy': "default-src 'none';frame-ancestors 'none'",
    'x-content-type-options': 'nosniff',
    'strict-transport-security': 'max-age=31536000',
    'referrer-policy': 'no-referrer',
  });
  expect(res.headers).not.toHaveProperty('x-powered-by');
});

test('the problem of a request names its path without the query', async () => {
  const res = await request(fixture().app).get('/nothing?token=secret');
  expect(res.body).toEqual({
    type: 'https://shop.example/problems/not-found',
    title: 'Not found',
    status: 404,
    detail: 'There is nothing at this address, or it belongs to somebody else.',
    instance: '/nothing',
    code: 'NOT_FOUND',
    requestId: '00000000-0000-4000-8000-000000000001',
  });
});

describe('a fault', () => {
  test('of our own is 500, logged with its stack, and not shown', async () => {
    const { app, lines } = fixture({
      accept: async () => ({ kind: 'queued', reservation: null as never, queue: null, appended: null as never }),
    });
    const res = await post(app);
    expect([res.status, res.body.code]).toEqual([500, 'INTERNAL_ERROR']);
    expect(res.text).not.toMatch(/TypeError|null|\.ts|\.js/);
    expect(lines.find(({ level }) => level === 'error')?.fields).toMatchObject({
      err: expect.any(TypeError),
      requestId: res.body.requestId,
    });
  });

  test.each(['accept', 'findApiKey'] as const)('of %s is an outage: 503 with Retry-After', async (name) => {
    const { app, lines } = fixture({ [name]: () => Promise.reject(new Error('password authentication failed for db.internal')) });
    const res = await post(app);
    expect([res.status, res.body.code, res.headers['retry-after']]).toEqual([503, 'SERVICE_UNAVAILABLE', '2']);
    expect(res.text).not.toContain('db.internal');
    expect(lines.find(({ level }) => level === 'error')?.fields).toMatchObject({
      err: { cause: { message: expect.stringContaining('db.internal') } },
    });
  });

  test('a thousand times a second is logged once, with the count in the next line', async () => {
    let ms = 0;
    const clock = { ...fixture().deps.clock, monotonic: () => ms };
    const { app, lines } = fixture({ clock, accept: () => Promise.reject(new Error('down')) });
    for (let at = 0; at < 5; at++) await post(app);
    ms = 1_000;
    await post(app);
    expect(lines.filter(({ level }) => level === 'error').map(({ fields }) => fields.heldBack)).toEqual([0, 4]);
    expect(lines.filter(({ level }) => level === 'warn').map(({ fields }) => fields.heldBack)).toEqual([0, 4]);
  });
});

describe('the request log', () => {
  test('is one line at debug, without credentials, and one observation', async () => {
    const { app, lines, observed } = fixture();
    await post(app);
    expect(lines).toMatchObject([{ level: 'debug', fields: { method: 'POST', route: '/v1/reservations', status: 202 } }]);
    expect(JSON.stringify(lines)).not.toContain(SHOP_KEY);
    expect(observed).toEqual([{ method: 'POST', route: '/v1/reservations', status: 202 }]);
  });

  test('of a refusal is no louder', async () => {
    const { app, lines } = fixture({ accept: async () => ({ kind: 'refused', reason: 'SOLD_OUT', retryAfterMs: null }) });
    await post(app);
    expect(lines.map(({ level }) => level)).toEqual(['debug']);
  });

  test('names patterns, not paths', async () => {
    const { app, observed } = fixture();
    await request(app).get('/v1/skus/a/availability');
    await request(app).get('/wp-login.php');
    expect(observed.map(({ route }) => route)).toEqual(['/v1/skus/:skuId/availability', 'unmatched']);
  });

  test.each([
    [false, /127\.0\.0\.1$/],
    [true, /^203\.0\.113\.9$/],
  ])('believes X-Forwarded-For only of a trusted proxy: %s', async (trustProxy, ip) => {
    const { app, lines } = fixture({ trustProxy });
    await request(app).get('/livez').set('X-Forwarded-For', '203.0.113.9');
    expect(lines[0]?.fields.ip).toMatch(ip);
  });
});
