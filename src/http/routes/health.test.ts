import request from 'supertest';
import { fixture } from '../fixtures/services.js';
import type { AppDependencies } from '../services.js';

const get = (path: string, change: Partial<AppDependencies> = {}) => request(fixture(change).app).get(path);

test('livez asks nobody', async () => {
  const res = await get('/livez', { readiness: () => Promise.reject(new Error('down')), isDraining: () => true });
  expect([res.status, res.body]).toEqual([200, { status: 'live' }]);
});

test('readyz names every dependency', async () => {
  const checks = [
    { name: 'postgres', ok: true },
    { name: 'redis', ok: true, detail: 'breaker closed, 3 ms' },
  ];
  const res = await get('/readyz', { readiness: async () => checks });
  expect([res.status, res.body]).toEqual([200, { status: 'ready', checks }]);
});

test('readyz fails with what is missing, and without addresses', async () => {
  const res = await get('/readyz', {
    readiness: async () => [
      { name: 'kafka', ok: false, detail: 'connect ECONNREFUSED 10.0.0.7:9092' },
      { name: 'postgres', ok: true },
    ],
  });
  expect([res.status, res.body.code]).toEqual([503, 'NOT_READY']);
  expect(res.body.checks).toEqual([
    { name: 'kafka', ok: false, detail: 'see the log' },
    { name: 'postgres', ok: true },
  ]);
  expect(res.text).not.toContain('10.0.0.7');
});

test('readyz fails at once when draining', async () => {
  const res = await get('/readyz', { isDraining: () => true });
  expect([res.status, res.body.code, res.headers.connection]).toEqual([503, 'NOT_READY', 'close']);
});

test('readyz fails when the checks themselves fail', async () => {
  const res = await get('/readyz', { readiness: () => Promise.reject(new Error('secret host db.internal')) });
  expect([res.status, res.body.code]).toEqual([503, 'NOT_READY']);
  expect(res.text).not.toContain('db.internal');
});
