import request from 'supertest';
import { quietOperations, recount, status } from '../fixtures/operations.js';
import { ADMIN_KEY, fixture, SHOP_KEY } from '../fixtures/services.js';
import type { Operations } from '../operations.js';

const PATH = '/v1/admin/audit';

function asking(change: Partial<Operations> = {}, key = ADMIN_KEY) {
  const { app } = fixture({ operations: { ...quietOperations, ...change } });
  return (method: 'get' | 'post', path: string) => request(app)[method](path).set('Authorization', `Bearer ${key}`);
}

const RECOUNT = { ...recount(), startedAt: '2030-01-31T12:00:00.000Z' };
const endless = { result: new Promise<never>(() => undefined) };

test('the last recount, and whether one is under way', async () => {
  const none = await asking()('get', PATH);
  expect([none.status, none.headers['cache-control'], none.body]).toEqual([200, 'no-store', { isRunning: false, last: null }]);
  const one = await asking({ lastRecount: async () => ({ last: recount(), isRunning: true }) })('get', PATH);
  expect(one.body).toEqual({ isRunning: true, last: RECOUNT });
});

test('a recount that ends in time: 200 with what it found', async () => {
  const asked: unknown[] = [];
  const runRecount: Operations['runRecount'] = async (by) => {
    asked.push(by);
    return { result: Promise.resolve(recount()) };
  };
  const res = await asking({ runRecount })('post', `${PATH}/run`).set('Prefer', 'wait=3');
  expect([res.status, res.body, res.headers['preference-applied']]).toEqual([200, RECOUNT, 'wait=3']);
  expect(asked).toEqual([{ name: 'ops', principal: 'operator:ops ops' }]);
});

test('one that takes longer: 202 with where to look', async () => {
  const res = await asking({ runRecount: async () => endless })('post', `${PATH}/run`);
  expect([res.status, res.headers.location, res.headers['retry-after'], res.body]).toEqual([202, PATH, '1', { isRunning: true }]);
});

test('one at a time: 409', async () => {
  const res = await asking({ runRecount: async () => null })('post', `${PATH}/run`);
  expect([res.status, res.body.code, res.headers['retry-after']]).toEqual([409, 'AUDIT_RUNNING', '5']);
});

test('a wait that is none, or a body: 400, and nothing is run', async () => {
  let runs = 0;
  const ask = asking({
    runRecount: async () => {
      runs += 1;
      return null;
    },
  });
  expect((await ask('post', `${PATH}/run`).set('Prefer', 'wait=11')).body.code).toBe('INVALID_HEADER');
  expect((await ask('post', `${PATH}/run`).send({ sku: 'x' })).body.code).toBe('INVALID_BODY');
  expect(runs).toBe(0);
});

test('an outage is 503; only for operators; by its methods', async () => {
  const away = () => Promise.reject(new Error('away'));
  const ask = asking({ lastRecount: away, runRecount: away });
  expect((await ask('get', PATH)).body.code).toBe('SERVICE_UNAVAILABLE');
  expect((await ask('post', `${PATH}/run`)).body.code).toBe('SERVICE_UNAVAILABLE');
  const shop = asking({}, SHOP_KEY);
  for (const ask of [shop('get', PATH), shop('post', `${PATH}/run`), shop('get', '/v1/admin/status')]) expect((await ask).status).toBe(403);
  expect((await ask('post', PATH)).headers.allow).toBe('GET, HEAD');
  expect((await ask('get', `${PATH}/run`)).headers.allow).toBe('POST');
  expect((await ask('post', '/v1/admin/status')).headers.allow).toBe('GET, HEAD');
});

test('the status: figures that are not known are null, and named', async () => {
  const partition = {
    ...{ partition: 0, logEnd: null, position: 7, lag: null, appliedThrough: 0, decisionsPerSecond: 12 },
    owner: { member: 'flashsale-1', host: '10.0.0.7' },
  };
  const found = status({
    partitions: [partition as never],
    backlog: null,
    deadLetters: null,
    breakers: { redis: true },
    unanswered: ['logEnds'],
  });
  const res = await asking({ serviceStatus: async () => found })('get', '/v1/admin/status');
  expect([res.status, res.headers['cache-control']]).toEqual([200, 'no-store']);
  expect(res.body).toEqual({
    ...{ asOf: '2030-01-31T12:00:00.000Z', backlog: null, decisionsPerSecond: 0, deadLetters: null, takesReservations: true },
    sale: { state: 'RUNNING', reason: null, changedBy: null, since: '2030-01-31T12:00:00.000Z' },
    partitions: [{ ...partition, appliedThrough: '1970-01-01T00:00:00.000Z' }],
    ...{ breakers: { redis: 'open' }, unanswered: ['logEnds'] },
  });
});
