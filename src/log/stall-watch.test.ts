import type { Offset } from '../domain/ids.js';
import { type Reading, StallWatch } from './stall-watch.js';

const reading = (nextOffset: number, end: number | undefined, waiting = 0, isRecord = false): Reading => ({
  isRecord,
  nextOffset: nextOffset as Offset,
  waiting,
  end: end as Offset | undefined,
});
/** Looks at one partition, a second apart. @returns at which second it was first certain to stand still; null when never */
function firstStall(looks: readonly Reading[], limitMs = 10_000): number | null {
  const watch = new StallWatch(limitMs);
  for (const [second, look] of looks.entries())
    if (watch.look(new Map([[3, look]]), second * 1_000).some(({ isCertain }) => isCertain)) return second;
  return null;
}
const forSeconds = (count: number, at: (second: number) => Reading): Reading[] => Array.from({ length: count }, (_, second) => at(second));

it('a consumer that delivers nothing for ten seconds, although the log grows, stands still', () => {
  expect(firstStall(forSeconds(30, (second) => reading(5, 6 + second)))).toBe(10);
  expect(new StallWatch(0).look(new Map([[3, reading(5, 50)]]), 0)).toEqual([]);
});

it('so does one that leaves many records where they are', () => {
  expect(firstStall(forSeconds(30, () => reading(5, 16)))).toBe(10);
});

it('says which partition, and how much it does not deliver', () => {
  const watch = new StallWatch(1_000);
  const partitions = new Map<number, Reading>([
    [1, reading(9, 9)],
    [2, reading(5, 105)],
  ]);
  for (const at of [0, 500]) watch.look(partitions, at);
  expect(watch.look(partitions, 1_000)).toEqual([{ partition: 2, nextOffset: 5, undelivered: 100, isCertain: true }]);
});

it('a few that are not delivered may be marks: they are worth asking for again, every ten seconds', () => {
  const watch = new StallWatch(10_000);
  const found = Array.from({ length: 31 }, (_, second) => watch.look(new Map([[3, reading(5, 15)]]), second * 1_000));
  const stall = { partition: 3, nextOffset: 5, undelivered: 10, isCertain: false };
  expect(found.flatMap((stalls, second) => stalls.map((each) => [second, each]))).toEqual([
    [10, stall],
    [20, stall],
    [30, stall],
  ]);
});

it('what was applied before is no mark: where it does not come again, the consumer stands still', () => {
  expect(firstStall(forSeconds(30, () => reading(4, 6, 0, true)))).toBe(10);
});

it.each<[string, (second: number) => Reading]>([
  ['delivers, however slowly', (second) => reading(Math.floor(second / 9), 1_000)],
  ['has delivered everything', () => reading(7, 7)],
  ['has delivered what the writer has not taken up', () => reading(5, 500, 1)],
  ['reads a log that nobody has looked at', () => reading(5, undefined)],
  ['comes to the marks of a transaction at the end of the log', () => reading(5, 6)],
  ['comes to ten of them', () => reading(5, 15)],
])('one that %s does not', (_, at) => {
  expect(firstStall(forSeconds(60, at))).toBeNull();
});

it('nobody is blamed for what happened while nobody looked', () => {
  const watch = new StallWatch(10_000);
  const look = new Map([[3, reading(5, 50)]]);
  for (const second of [0, 2, 4, 40, 42, 44, 46, 48, 49]) expect(watch.look(look, second * 1_000)).toEqual([]);
  expect(watch.look(look, 50_000)).toHaveLength(1);
});

it('counts anew after everything was delivered, and after the partition was away', () => {
  const nine = forSeconds(10, () => reading(5, 50));
  expect(firstStall([...nine, reading(50, 50), ...nine])).toBeNull();
  const watch = new StallWatch(10_000);
  const look = new Map([[3, reading(5, 50)]]);
  for (const second of [0, 4, 8]) watch.look(look, second * 1_000);
  watch.look(new Map(), 9_000);
  expect([watch.look(look, 10_000), watch.look(look, 14_000)]).toEqual([[], []]);
});
