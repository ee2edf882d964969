import fc from 'fast-check';
import { chunkOf, chunksOf, commandsIn, configureOf, logOf, reserveOf, skuNamed, type Written } from '../../test/support/memory-log.js';
import { MemoryStore, sqlError } from '../../test/support/memory-store.js';
import { testWriter } from '../../test/support/memory-writer.js';
import type { SkuBatch } from '../domain/decision.js';
import type { RawRecord } from '../ports/log.js';

/**
 * An owner that was evicted finds records that it cannot apply, while its successor, of another version perhaps, can: each record is decided
 * or a dead letter, and never both.
 */

/** The same tables, over a connection that takes no row of these buyers. */
function allergicView(store: MemoryStore, users: readonly string[]): MemoryStore {
  const view: MemoryStore = Object.create(store);
  view.apply = (batches: readonly SkuBatch[]) => {
    if (batches.some(({ created }) => created.some(({ userId }) => users.includes(userId)))) throw sqlError('23514');
    return store.apply(batches);
  };
  return view;
}

const decidedOffsets = (store: MemoryStore, skus = ['hot', 'warm']): number[] =>
  skus.flatMap((sku) => store.ledgerOf(skuNamed(sku)).lines.map((line) => Number(/^\[(\d+),/.exec(line)?.[1])));

function expectOneOrTheOther(store: MemoryStore, log: readonly RawRecord[]): void {
  const all = [...decidedOffsets(store), ...store.letters.keys()].sort((a, b) => a - b);
  expect(all).toEqual(log.map(({ offset }) => offset));
}

const CASES: readonly [what: string, sale: readonly Written[], at: number][] = [
  ['of a known SKU', [configureOf('hot', 9), reserveOf('hot', 'poison'), reserveOf('hot', 'ann')], 1],
  ['the first of its SKU', [reserveOf('hot', 'poison'), configureOf('hot', 9), reserveOf('hot', 'ann')], 0],
  ['the last of its SKU', [configureOf('hot', 9), reserveOf('hot', 'ann'), reserveOf('hot', 'poison')], 2],
  ['the only one of its SKU', [configureOf('warm', 9), reserveOf('hot', 'poison'), reserveOf('warm', 'ann')], 1],
];

describe.each(CASES)('a record %s', (_, sale, at) => {
  const log = logOf(sale);

  it('that the successor decides before the letter is written is no letter; the evicted owner reads again and tells what stands', async () => {
    const store = new MemoryStore();
    const view = allergicView(store, ['poison']);
    let overtaken = false;
    view.before = async (call) => {
      if (call !== 'keepDeadLetters' || overtaken) return;
      overtaken = true;
      await testWriter(store, [chunkOf(log)]).run();
    };
    const evicted = testWriter(view, [chunkOf(log)]);
    await evicted.run();
    expect(overtaken).toBe(true);
    expect(decidedOffsets(store).sort()).toEqual([0, 1, 2]);
    expect([...store.letters]).toEqual([]);
    expect(evicted.failures.map(([, error]) => String(error))).toContain(
      `Error: record ${at} has been decided or set aside since it was read`,
    );
    expect(evicted.applied.flatMap(({ deadLetters }) => deadLetters)).toEqual([]);
    expect(evicted.applied.flatMap(({ replayed }) => replayed.map(({ userId }) => userId))).toContain('poison');
    expect(evicted.appliedOffsets().flat()).toEqual([0, 1, 2]);
  });

  it.each([
    ['reading', false],
    ['from memory', true],
  ])('that is set aside between the read and the commit of the successor is passed over, %s', async (__, remembers) => {
    const store = new MemoryStore();
    const view: MemoryStore = Object.create(store);
    let overtaken = false;
    view.before = async (call) => {
      if (call !== 'commit' || overtaken || decidedOffsets(store).length < at) return;
      overtaken = true;
      await testWriter(allergicView(store, ['poison']), [chunkOf(log)]).run();
    };
    const successor = testWriter(view, chunksOf(log, [1]), { remembers });
    await successor.run();
    expect(overtaken).toBe(true);
    expect([...store.letters.keys()]).toEqual([at]);
    expectOneOrTheOther(store, log);
    expect(successor.appliedOffsets().flat()).toEqual([0, 1, 2]);
  });
});

it('wherever they lie, however the chunks are cut and whoever is quicker: one or the other, and the rest in its order', async () => {
  const sizes = fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 1, maxLength: 3 });
  const place = fc.integer({ min: 0, max: 19 });
  const bad = fc.uniqueArray(place, { minLength: 1, maxLength: 3 });
  const pauses = fc.array(fc.integer({ min: 0, max: 6 }), { maxLength: 40 });
  let [both, apart] = [0, 0];
  await fc.assert(
    fc.asyncProperty(bad, fc.boolean(), sizes, sizes, pauses, fc.boolean(), async (places, healthy, cuts, otherCuts, turns, remembers) => {
      const store = new MemoryStore();
      const waits = [...turns];
      store.before = async () => {
        for (let turn = waits.shift() ?? 0; turn > 0; turn -= 1) await new Promise((resolve) => setImmediate(resolve));
      };
      const reserves = Array.from({ length: 20 }, (_, at) => reserveOf(at % 3 === 0 ? 'warm' : 'hot', `user-${at}`));
      const log = logOf([...reserves.slice(0, 4), configureOf('hot', 99), ...reserves.slice(4)]);
      const users = places.map((at) => `user-${at}`);
      const owners = [
        testWriter(allergicView(store, users), chunksOf(log, cuts), { remembers }),
        testWriter(healthy ? store : allergicView(store, users), chunksOf(log, otherCuts), { remembers }),
      ];
      await Promise.all(owners.map((owner) => owner.run()));
      expectOneOrTheOther(store, log);
      for (const sku of ['hot', 'warm']) {
        const { lines, sequences } = store.ledgerOf(skuNamed(sku));
        expect(sequences).toEqual(lines.map((_, at) => at + 1));
        const own = commandsIn(log).filter(({ command, offset }) => command.skuId === sku && !store.letters.has(offset));
        expect(decidedOffsets(store, [sku])).toEqual(own.map(({ offset }) => offset));
      }
      for (const owner of owners) expect(owner.appliedOffsets().flat()).toEqual(log.map(({ offset }) => offset));
      if (store.letters.size > 0) both += 1;
      if (store.letters.size < places.length) apart += 1;
    }),
    { seed: 20_261_204, numRuns: 300 },
  );
  // Both have been the quicker one.
  expect([both > 20, apart > 20]).toEqual([true, true]);
});
