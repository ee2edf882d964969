import fc from 'fast-check';
import { chunkOf, chunksOf, commandsIn, configureOf, logOf, reserveOf, type Written } from '../../test/support/memory-log.js';
import { brokenConnection, MemoryStore, sqlError } from '../../test/support/memory-store.js';
import { testWriter } from '../../test/support/memory-writer.js';
import type { SkuBatch } from '../domain/decision.js';
import type { SkuId } from '../domain/ids.js';
import type { RawRecord } from '../ports/log.js';
import { PartitionStopped } from './partition-writer.js';

/** A store that takes no row of these buyers, in whatever company. */
function allergicTo(users: readonly string[], code = '23514'): MemoryStore {
  const store = new MemoryStore();
  const apply = store.apply.bind(store);
  store.apply = (batches: readonly SkuBatch[]): ReadonlySet<SkuId> => {
    if (batches.some(({ created }) => created.some(({ userId }) => users.includes(userId)))) throw sqlError(code);
    return apply(batches);
  };
  return store;
}

const SALE: readonly Written[] = [
  configureOf('hot', 99),
  reserveOf('hot', 'ann'),
  reserveOf('hot', 'poison'),
  reserveOf('warm', 'bob'),
  reserveOf('hot', 'cy'),
  'no command',
  reserveOf('hot', 'dan'),
];
const decidedUsers = (store: MemoryStore): string[] => [...store.rows.values()].map(({ userId }) => userId).sort();
const letters = (store: MemoryStore): unknown[] => [...store.letters.values()].map(({ offset, reason }) => [offset, reason]);
const offsets = (log: readonly RawRecord[]): number[] => log.map(({ offset }) => offset);

it.each([['23514'], ['22003'], ['P0001']])(
  'a record that fails its statement with %s is set aside, its neighbours are decided',
  async (code) => {
    const store = allergicTo(['poison'], code);
    const log = logOf(SALE);
    const writer = testWriter(store, [chunkOf(log)]);
    await writer.run();
    expect(decidedUsers(store)).toEqual(['ann', 'bob', 'cy', 'dan']);
    expect(letters(store)).toEqual(
      expect.arrayContaining([
        [2, 'UNAPPLICABLE'],
        [5, 'INVALID_JSON'],
      ]),
    );
    expect(store.letters.get(2)?.reservationId).toBe(reserveOf('hot', 'poison').reservationId);
    expect(store.letters.get(2)?.value).toEqual(log[2]?.value);
    expect(writer.appliedOffsets().flat()).toEqual(offsets(log));
  },
);

it('whoever reads the chunk again passes over it, and decides nothing twice', async () => {
  const store = allergicTo(['poison']);
  const log = logOf(SALE);
  await testWriter(store, [chunkOf(log)]).run();
  const entries = store.entries.length;
  const again = testWriter(store, [chunkOf(log)]);
  await again.run();
  expect([store.entries.length, again.failures.length]).toEqual([entries, 0]);
  expect(again.appliedOffsets()).toEqual([offsets(log)]);
});

it('the last record of its SKU too: its letter moves the watermark', async () => {
  const store = allergicTo(['poison']);
  const log = logOf([configureOf('hot', 9), reserveOf('hot', 'poison')]);
  await testWriter(store, [chunkOf(log)]).run();
  const again = testWriter(store, [chunkOf(log)]);
  await again.run();
  expect([letters(store), again.failures.length, store.stocks.get('hot' as SkuId)?.watermark]).toEqual([[[1, 'UNAPPLICABLE']], 0, 1]);
});

it('three are set aside, a fourth stops the partition, and what was decided before it stays', async () => {
  const users = ['p1', 'p2', 'p3', 'p4'];
  const store = allergicTo(users);
  const writer = testWriter(store, [
    chunkOf(logOf([configureOf('hot', 9), ...users.map((user) => reserveOf('hot', user)), reserveOf('hot', 'ann')])),
  ]);
  await expect(writer.run()).rejects.toThrow(PartitionStopped);
  expect([letters(store).length, decidedUsers(store)]).toEqual([3, []]);
});

it('four with others between them, in chunks of their own, stop nobody', async () => {
  const users = ['p1', 'a', 'p2', 'b', 'p3', 'c', 'p4', 'd'];
  const store = allergicTo(['p1', 'p2', 'p3', 'p4']);
  const log = logOf([configureOf('hot', 9), ...users.map((user) => reserveOf('hot', user))]);
  await testWriter(store, chunksOf(log, [1])).run();
  expect([letters(store).length, decidedUsers(store)]).toEqual([4, ['a', 'b', 'c', 'd']]);
});

it('nor do four in one chunk: only those in a row, with nothing applied between, are the database’s fault', async () => {
  const users = ['p1', 'a', 'p2', 'b', 'p3', 'c', 'p4', 'd'];
  const store = allergicTo(['p1', 'p2', 'p3', 'p4']);
  await testWriter(store, [chunkOf(logOf([configureOf('hot', 9), ...users.map((user) => reserveOf('hot', user))]))]).run();
  expect([letters(store).length, decidedUsers(store)]).toEqual([4, ['a', 'b', 'c', 'd']]);
});

it('records that are no commands do not count as applied: a database that takes no command would set a whole sale aside', async () => {
  const users = ['p1', 'p2', 'p3', 'p4'];
  const store = allergicTo(users);
  const log = logOf([configureOf('hot', 9), ...users.flatMap((user) => [reserveOf('hot', user), 'no command'])]);
  await expect(testWriter(store, [chunkOf(log)]).run()).rejects.toThrow(PartitionStopped);
});

it('a database that fails in the middle of it is waited for, and no record is blamed for that', async () => {
  const store = allergicTo(['poison']);
  let calls = 0;
  store.before = (call) => {
    calls += 1;
    if (call !== 'load' && [4, 7, 8, 13, 20, 21, 22].includes(calls)) throw brokenConnection();
  };
  const log = logOf(SALE);
  await testWriter(store, [chunkOf(log)]).run();
  expect(decidedUsers(store)).toEqual(['ann', 'bob', 'cy', 'dan']);
  expect(letters(store)).toHaveLength(2);
});

it('a letter that the database will not take stops the partition: the position must not pass a record that is nowhere', async () => {
  const store = allergicTo(['poison']);
  store.before = (call) => {
    if (call === 'keepDeadLetters') throw sqlError('22021');
  };
  const log = logOf([configureOf('hot', 9), reserveOf('hot', 'poison'), reserveOf('hot', 'ann')]);
  const writer = testWriter(store, [chunkOf(log)]);
  await expect(writer.run()).rejects.toThrow(PartitionStopped);
  expect([writer.appliedOffsets().flat(), decidedUsers(store)]).toEqual([[0], []]);
});

it('wherever up to three of them lie, each record is decided once or a dead letter', async () => {
  const place = fc.integer({ min: 1, max: 30 });
  await fc.assert(
    fc.asyncProperty(
      fc.uniqueArray(place, { maxLength: 3 }),
      fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 1, maxLength: 4 }),
      async (bad, sizes) => {
        const users = Array.from({ length: 30 }, (_, at) => `user-${at + 1}`);
        const store = allergicTo(bad.map((at) => `user-${at}`));
        const log = logOf([configureOf('hot', 99), ...users.map((user) => reserveOf('hot', user))]);
        const writer = testWriter(store, chunksOf(log, sizes));
        await writer.run();
        expect([...store.letters.keys()].sort((a, b) => a - b)).toEqual([...bad].sort((a, b) => a - b));
        const { lines, sequences } = store.ledgerOf('hot' as SkuId);
        const decided = lines.map((line) => Number(/^\[(\d+),/.exec(line)?.[1]));
        expect(decided).toEqual(
          commandsIn(log)
            .map(({ offset }) => offset as number)
            .filter((offset) => !bad.includes(offset)),
        );
        expect(sequences).toEqual(decided.map((_, at) => at + 1));
        expect(writer.appliedOffsets().flat()).toEqual(offsets(log));
      },
    ),
    { seed: 20_261_121, numRuns: 100 },
  );
});
