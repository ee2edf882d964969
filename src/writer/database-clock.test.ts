import { NOW } from '../../test/support/domain.js';
import { DatabaseClock } from './database-clock.js';

let elapsed: number;
let clock: DatabaseClock;
beforeEach(() => {
  elapsed = 500_000.25;
  clock = new DatabaseClock({ monotonic: () => elapsed });
});

it('knows nothing before it has heard anything', () => {
  expect(clock.now()).toBeNull();
});

it('passes on what it hears', () => {
  expect([clock.heard(NOW), clock.now()]).toEqual([NOW, NOW]);
});

it.each([
  [0.9, NOW],
  [1, NOW + 1],
  [12.99, NOW + 12],
  [1_000, NOW + 1_000],
  [1_000.01, null],
  [3_600_000, null],
])('%d ms later it says whole milliseconds, never ahead, and nothing after a second', (later, expected) => {
  clock.heard(NOW);
  elapsed += later;
  expect(clock.now()).toBe(expected);
});

it.each([
  ['ahead', 60_000],
  ['back', -60_000],
])('a database that was set %s is followed', (_, by) => {
  clock.heard(NOW);
  elapsed += 500;
  clock.heard(NOW + by);
  elapsed += 600;
  expect(clock.now()).toBe(NOW + by + 600);
});

it('a reading after a silence is carried on again', () => {
  clock.heard(NOW);
  elapsed += 5_000;
  expect(clock.now()).toBeNull();
  clock.heard(NOW + 5_000);
  expect(clock.now()).toBe(NOW + 5_000);
});
