import fc, { type Arbitrary } from 'fast-check';
import { settled } from '../../test/support/memory-clock.js';
import {
  adjustOf,
  cancelOf,
  chunksOf,
  commandsIn,
  configureOf,
  confirmOf,
  expireOf,
  extendOf,
  logOf,
  reserveOf,
  skuNamed,
  type Written,
} from '../../test/support/memory-log.js';
import { MemoryStore } from '../../test/support/memory-store.js';
import type { RawRecord } from '../ports/log.js';
import { groupBySku } from './commands-by-sku.js';
import { HolderBudget, PartitionMemory } from './memory.js';
import { prepare, whatToLoad } from './prepare.js';

const RUNS = { seed: 20_260_211, numRuns: 150 };

const sku = fc.constantFrom('hot', 'hot', 'warm');
const user = fc.constantFrom('ann', 'bob', 'cy');
type Step = (at: number) => Written;
/** Every request under a key of its own; all else about one of the last made, by whomever. */
const steps: Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.tuple(sku, user, fc.integer({ min: 1, max: 3 })).map(
      ([name, who, units]): Step =>
        (at) =>
          reserveOf(name, who, `k${at}`, units),
    ),
  },
  {
    weight: 6,
    arbitrary: fc.tuple(sku, user, fc.integer({ min: 1, max: 9 }), fc.constantFrom(confirmOf, cancelOf, expireOf, expireOf, extendOf)).map(
      ([name, who, back, of]): Step =>
        (at) =>
          of(name, who, `k${at - back}`),
    ),
  },
  {
    weight: 1,
    arbitrary: fc.tuple(sku, fc.integer({ min: -4, max: 4 })).map(
      ([name, delta]): Step =>
        (at) =>
          adjustOf(name, delta, `${at}`),
    ),
  },
);
const lives: Arbitrary<RawRecord[]> = fc.array(steps, { minLength: 20, maxLength: 60, size: 'max' }).map((made) => {
  const short = { holdSeconds: 3, maxExtendSeconds: 2 };
  return logOf([configureOf('hot', 20, short), configureOf('warm', 9, short), ...made.map((step, at) => step(at))]);
});

/** One who decides each chunk at this moment, with a memory or without one. */
class Decider {
  readonly store = new MemoryStore();
  /** Reservations asked of the store, of SKUs that were recalled. */
  asked = 0;
  recalled = 0;
  private readonly memory: PartitionMemory | null;

  constructor(remembers: boolean, monotonic: () => number) {
    const budget = new HolderBudget(100);
    const [databaseNow, readHoldings] = [() => this.store.time, this.store.holdings.bind(this.store)];
    this.memory = remembers ? new PartitionMemory({ budget, clock: { monotonic }, databaseNow, readHoldings }) : null;
  }

  async decide(records: readonly RawRecord[], now: number): Promise<void> {
    this.store.time = now;
    const groups = groupBySku(commandsIn(records));
    const skus = this.memory?.recall(groups).skus ?? new Map();
    const request = whatToLoad(groups, skus);
    if (skus.size === groups.size) this.asked += request.reservationIds.length;
    this.recalled += skus.size;
    const { batches } = prepare(groups, this.store.look(request), [], 0, skus);
    for (const batch of batches.values()) this.memory?.learn(batch);
    this.store.apply([...batches.values()]);
    await settled(1);
  }
}

it('whole lives of reservations are the same with a memory, which forgets rows in seconds, as by reading all', async () => {
  const sizes = fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 5 });
  const pauses = fc.array(fc.constantFrom(0, 10, 900, 2_100), { minLength: 1, maxLength: 5 });
  const seen = { asked: 0, recalled: 0 };
  const answers = new Set<string>();
  await fc.assert(
    fc.asyncProperty(lives, sizes, pauses, async (log, cuts, waits) => {
      let clock = 0;
      const [owner, reader] = [new Decider(true, () => clock), new Decider(false, () => clock)];
      for (const [at, { records }] of chunksOf(log, cuts).entries()) {
        clock += waits[at % waits.length] ?? 0;
        for (const decider of [owner, reader]) await decider.decide(records, 1_700_000_000_000 + clock);
      }
      for (const name of ['hot', 'warm']) {
        const { lines } = owner.store.ledgerOf(skuNamed(name));
        expect(lines).toEqual(reader.store.ledgerOf(skuNamed(name)).lines);
        for (const line of lines) answers.add(JSON.parse(line)[4] ?? JSON.parse(line)[3]);
      }
      expect([...owner.store.rows.values()]).toEqual([...reader.store.rows.values()]);
      expect([...owner.store.stocks.values()]).toEqual([...reader.store.stocks.values()]);
      seen.asked += owner.asked;
      seen.recalled += owner.recalled;
    }),
    RUNS,
  );
  // Else it would hold of a memory that recalls nothing, or never has to ask, and of lives without an end.
  expect([seen.recalled > 1_000, seen.asked > 100]).toEqual([true, true]);
  for (const answer of ['CONFIRMED', 'CANCELLED', 'EXTENDED', 'EXPIRED', 'RESERVATION_EXPIRED', 'NOT_DUE'])
    expect(answers).toContain(answer);
});
