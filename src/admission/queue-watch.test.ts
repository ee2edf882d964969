import { type Gate, gate, settled } from '../../test/support/memory-clock.js';
import type { Offset } from '../domain/ids.js';
import type { Clock } from '../ports/runtime.js';
import { type QueueWatch, startQueueWatch } from './queue-watch.js';

let now: number;
let looks: number;
let positions: Map<number, number> | null;
let tick: Gate;
let watch: QueueWatch;

/** A clock whose sleeps end when the test says so. */
const clock: Clock = {
  now: () => now,
  monotonic: () => now,
  sleep: (_, signal) => {
    const asleep = tick;
    const wake = (): void => asleep.open();
    signal?.addEventListener('abort', wake);
    return asleep.promise.finally(() => signal?.removeEventListener('abort', wake));
  },
};

beforeEach(() => {
  [now, looks, positions, tick] = [0, 0, new Map(), gate()];
  watch = startQueueWatch({
    nextOffsets: async () => {
      looks += 1;
      if (positions === null) throw new Error('away');
      return new Map([...positions].map(([partition, next]) => [partition, next as Offset]));
    },
    clock,
  });
});
afterEach(() => watch.stop());

async function pass(ms: number): Promise<void> {
  now += ms;
  const last = tick;
  tick = gate();
  last.open();
  await settled();
}
const append = (partition: number, offset: number): void => watch.appended({ partition, offset: offset as Offset });

it('asks nothing while it knows of nothing that waits, and no more once that is decided', async () => {
  await pass(250);
  expect(looks).toBe(0);
  append(3, 9);
  positions = new Map([[3, 9]]);
  await pass(250);
  await pass(250);
  expect(looks).toBe(2);
  positions = new Map([[3, 10]]);
  await pass(250);
  await pass(250);
  await pass(250);
  expect([looks, watch.waitMs(3)]).toEqual([3, 0]);
  append(3, 10);
  await pass(250);
  expect(looks).toBe(4);
});

it('learns what a queue costs, for each partition by itself', async () => {
  for (let at = 1; at <= 12; at += 1) {
    append(0, at * 1_000);
    append(1, 0);
    // Word of an earlier one comes later.
    append(0, at * 1_000 - 500);
    positions = new Map([
      [0, at * 250],
      [1, 1],
    ]);
    await pass(250);
  }
  // 1,000 a second are decided, and 12,001 - 3,000 wait.
  expect(watch.waitMs(0)).toBeCloseTo(9_001, 0);
  expect([watch.waitMs(1), watch.waitMs(2)]).toEqual([0, null]);
});

it('knows nothing while the database does not answer, or has no position yet, and goes on asking', async () => {
  append(0, 5);
  positions = new Map();
  await pass(250);
  expect(watch.waitMs(0)).toBeNull();
  positions = new Map([[0, 0]]);
  await pass(250);
  await pass(3_000);
  expect(watch.waitMs(0)).toBe(3_000);
  positions = null;
  for (let at = 0; at < 10; at += 1) await pass(250);
  expect([watch.waitMs(0), looks]).toEqual([null, 13]);
  positions = new Map([[0, 6]]);
  await pass(250);
  expect(watch.waitMs(0)).toBe(0);
});
