import { gate, hurriedClock, settled } from '../../test/support/memory-clock.js';
import { skuNamed } from '../../test/support/memory-log.js';
import type { Offset } from '../domain/ids.js';
import type { DecidedCommand, LogPlace } from '../ports/store.js';
import { createDecisionWatch } from './watch.js';

const CONFIRMED: DecidedCommand = { outcome: 'CONFIRMED', reason: null, sequence: 7 };
const place = (offset: number, sku = 'hot'): LogPlace => ({ skuId: skuNamed(sku), offset: offset as Offset });
const forever = (): AbortSignal => new AbortController().signal;

type Answer = (places: readonly LogPlace[], at: number) => Promise<readonly (DecidedCommand | null)[]>;

/** A ledger that answers each read by this; `reads` says when, and the offsets of each. */
function watching(answer: Answer) {
  const clock = hurriedClock();
  const reads: { at: number; offsets: number[] }[] = [];
  const decisionsAt = (places: readonly LogPlace[]) => {
    reads.push({ at: clock.monotonic(), offsets: places.map(({ offset }) => offset) });
    return answer(places, clock.monotonic());
  };
  return { wait: createDecisionWatch({ decisionsAt }, clock), reads, clock };
}
const never: Answer = async (places) => places.map(() => null);

test('all who wait are one read a tick, and each gets its own decision', async () => {
  const { wait, reads } = watching(async (places, at) => places.map(({ offset }) => (at < 30 ? null : { ...CONFIRMED, sequence: offset })));
  const waits = Array.from({ length: 500 }, (_, n) => wait(place(n), 1_000, forever()));
  expect((await Promise.all(waits)).map((decision) => decision?.sequence)).toEqual(waits.map((_, n) => n));
  expect(reads.map(({ at, offsets }) => [at, offsets.length])).toEqual([
    [10, 500],
    [20, 500],
    [30, 500],
  ]);
});

test('whoever is decided is not asked for again, and a late one joins the others', async () => {
  const { wait, reads } = watching(async (places, at) => places.map(({ offset }) => (offset === 1 || at >= 40 ? CONFIRMED : null)));
  const [first, second] = [wait(place(1), 1_000, forever()), wait(place(2), 1_000, forever())];
  await first;
  await Promise.all([second, wait(place(3), 1_000, forever())]);
  expect(reads[0]).toEqual({ at: 10, offsets: [1, 2] });
  expect(reads.at(-1)).toEqual({ at: 40, offsets: [2, 3] });
});

test('a read has a thousand places at most', async () => {
  const { wait, reads } = watching(async (places) => places.map(() => CONFIRMED));
  await Promise.all(Array.from({ length: 2_001 }, (_, n) => wait(place(n), 1_000, forever())));
  expect(reads.map(({ offsets }) => offsets.length)).toEqual([1_000, 1_000, 1]);
});

test('every 10 ms at first, every 100 ms after a second, and null when the time is over', async () => {
  const { wait, reads } = watching(never);
  expect(await wait(place(1), 3_000, forever())).toBeNull();
  const gaps = reads.slice(1).map(({ at }, n) => at - (reads[n]?.at ?? 0));
  expect(gaps.slice(0, 9)).toEqual(Array(9).fill(10));
  expect(gaps.at(-1)).toBe(100);
  expect(gaps).toEqual(gaps.toSorted((a, b) => a - b));
  expect(reads.length).toBeLessThan(70);
});

test('nobody waits: nothing is read and no timer runs', async () => {
  const { wait, reads, clock } = watching(never);
  expect(await wait(place(1), 0, forever())).toBeNull();
  expect(await wait(place(1), 1_000, AbortSignal.abort())).toBeNull();
  await settled();
  expect([reads, clock.slept]).toEqual([[], []]);
  await wait(place(1), 20, forever());
  const slept = clock.slept.length;
  await settled();
  expect(clock.slept).toHaveLength(slept);
});

test('a client that leaves is looked for no longer', async () => {
  const { wait, reads } = watching(never);
  const client = new AbortController();
  const waiting = wait(place(1), 1_000_000, client.signal);
  const other = wait(place(2), 500, forever());
  await settled();
  client.abort();
  expect(await waiting).toBeNull();
  const before = reads.length;
  await other;
  expect(reads.slice(before + 1).every(({ offsets }) => !offsets.includes(1))).toBe(true);
});

test('a read that fails is no answer, and the next may be one', async () => {
  const { wait } = watching(async (places, at) => {
    if (at < 50) throw new Error('connection lost');
    return places.map(() => CONFIRMED);
  });
  expect(await wait(place(1), 1_000, forever())).toEqual(CONFIRMED);
});

test('a database that hangs keeps nobody longer than they would wait, and is not asked twice at once', async () => {
  const hanging = gate<readonly (DecidedCommand | null)[]>();
  const { wait, reads } = watching(() => hanging.promise);
  expect(await Promise.all([wait(place(1), 200, forever()), wait(place(2), 100, forever())])).toEqual([null, null]);
  expect(reads).toHaveLength(1);
  hanging.open([CONFIRMED, CONFIRMED]);
  await settled();
});
