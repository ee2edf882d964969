import { coresFor } from './cores.js';

test('a request of 200 us keeps 5 cores busy at 25,000 a second', () => {
  const { of, together, isAll } = coresFor(25_000, { API: 100, writer: 40, PostgreSQL: 20, broker: 32, Redis: 8 });
  expect(of).toEqual({ API: 2.5, writer: 1, PostgreSQL: 0.5, broker: 0.8, Redis: 0.2 });
  expect(together).toBeCloseTo(5, 9);
  expect(isAll).toBe(true);
});

test('what could not be measured is not taken for nothing', () => {
  const { of, together, isAll } = coresFor(1_000_000, { API: 2, writer: 1, PostgreSQL: 1, broker: null, Redis: 0 });
  expect([of.broker, together, isAll]).toEqual([null, 4, false]);
});
