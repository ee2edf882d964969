import { systemClock, systemRandom } from './clock.js';

test('a sleep ends in time, or at once with its signal', async () => {
  const started = systemClock.monotonic();
  await systemClock.sleep(20);
  expect(systemClock.monotonic() - started).toBeGreaterThanOrEqual(18);
  const end = new AbortController();
  const sleeping = systemClock.sleep(60_000, end.signal);
  end.abort();
  await sleeping;
  await systemClock.sleep(60_000, end.signal);
});

test('random', () => {
  expect(systemRandom.uuid()).toMatch(/^[0-9a-f-]{36}$/);
  const fraction = systemRandom.fraction();
  expect(fraction >= 0 && fraction < 1).toBe(true);
});
