import { clockHealth } from './clock-health.js';

const at = (...times: number[]) => ({ now: () => times.shift() as number });

test.each([
  ['together', 100_000, at(100_000, 100_000), { ok: true }],
  ['within five seconds', 100_000, at(104_999, 105_001), { ok: true }],
  ['a slow answer is no skew: half of the round trip is taken off', 104_000, at(100_000, 108_000), { ok: true }],
  ['ahead', 100_000, at(107_000, 107_000), { ok: false, detail: '7 s ahead of the database' }],
  ['behind', 100_000, at(68_000, 68_000), { ok: false, detail: '32 s behind the database' }],
])('%s', async (_, databaseNow, clock, expected) => {
  expect(await clockHealth(Promise.resolve(databaseNow), clock)).toEqual({ name: 'clock', ...expected });
});

test('a database that does not answer says nothing about the clock', async () => {
  expect(await clockHealth(Promise.reject(new Error('away')), at(1, 2))).toEqual({ name: 'clock', ok: true });
});
