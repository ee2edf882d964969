import fc, { type Arbitrary } from 'fast-check';
import { principal } from '../../test/support/domain.js';
import { settled } from '../../test/support/memory-clock.js';
import { chunksOf, commandsIn, configureOf, decidedInOneGo, logOf, reserveOf } from '../../test/support/memory-log.js';
import { MemoryStore } from '../../test/support/memory-store.js';
import type { SkuBatch } from '../domain/decision.js';
import type { SkuId } from '../domain/ids.js';
import type { RawRecord } from '../ports/log.js';
import { groupBySku } from './commands-by-sku.js';
import { HolderBudget, PartitionMemory } from './memory.js';
import { prepare, whatToLoad } from './prepare.js';

const RUNS = { seed: 20_260_210, numRuns: 150 };
const BUYERS = ['ann', 'bob', 'cy'];

/** What happens around a chunk: it is followed by forgetting, commits lag behind, a read begins late and its answer comes late. */
interface Whim {
  readonly forget: boolean;
  readonly lag: number;
  readonly begin: number;
  readonly end: number;
}
const fine: Whim = { forget: false, lag: 0, begin: 0, end: 0 };
const few = fc.constantFrom(0, 0, 1, 2);
const whims: Arbitrary<Whim[]> = fc.array(
  fc.record({ forget: fc.constantFrom(false, false, false, false, false, false, true), lag: few, begin: few, end: few }),
  {
    minLength: 1,
    maxLength: 6,
  },
);

/** Every request under a key of its own: what was decided before is found by the primary key, which is not the memory's business. */
const sales: Arbitrary<RawRecord[]> = fc
  .array(
    fc.oneof(
      { weight: 9, arbitrary: fc.tuple(fc.constantFrom('hot', 'warm'), fc.constantFrom(...BUYERS), fc.integer({ min: 1, max: 3 })) },
      { weight: 1, arbitrary: fc.integer({ min: 1, max: 6 }) },
    ),
    { minLength: 15, maxLength: 40, size: 'max' },
  )
  .map((steps) => {
    const written = steps.map((step, at) =>
      typeof step === 'number' ? configureOf('hot', null, { perUserLimit: step }, 1) : reserveOf(step[0], step[1], `k${at}`, step[2]),
    );
    return logOf([configureOf('hot', 20), configureOf('warm', 9), ...written]);
  });

/** A memory over a database that is behind what was decided, and the truth beside them. */
class Owner {
  readonly truth = new MemoryStore();
  readonly budget: HolderBudget;
  readonly memory: PartitionMemory;
  private readonly database = new MemoryStore();
  private readonly underWay: SkuBatch[][] = [];
  private readonly read = new Set<SkuId>();
  private whim = fine;

  constructor(max: number) {
    this.budget = new HolderBudget(max);
    this.memory = new PartitionMemory({
      budget: this.budget,
      clock: { monotonic: () => 0 },
      databaseNow: () => this.truth.time,
      readHoldings: async (skuId) => {
        this.read.add(skuId);
        const { begin, end } = this.whim;
        await settled(begin);
        const held = await this.database.holdings(skuId);
        await settled(end);
        return held;
      },
    });
  }

  async decide(records: readonly RawRecord[], whim: Whim): Promise<void> {
    this.whim = whim;
    const groups = groupBySku(commandsIn(records));
    const { skus } = this.memory.recall(groups);
    const batches = [...prepare(groups, this.truth.look(whatToLoad(groups, skus)), [], 0, skus).batches.values()];
    for (const batch of batches) this.memory.learn(batch);
    this.truth.apply(batches);
    this.underWay.push(batches);
    while (this.underWay.length > whim.lag) this.database.apply(this.underWay.shift() as SkuBatch[]);
    await settled(1);
  }

  /** @returns how many SKUs it recalls, and how many of these by a read */
  async expectTrue(): Promise<[number, number]> {
    const counts: [number, number] = [0, 0];
    let buyers = 0;
    for (const [skuId, stock] of this.truth.stocks) {
      const known = this.memory.recall(groupBySku(commandsIn(logOf([reserveOf(skuId)], 1_000)))).skus.get(skuId);
      if (known === undefined) continue;
      const held = await this.truth.holdings(skuId);
      expect(known.stock).toEqual(stock);
      for (const buyer of BUYERS) expect(known.holdings.get(principal(buyer))).toBe(held?.units.get(principal(buyer)));
      buyers += held?.units.size ?? 0;
      counts[0] += 1;
      if (this.read.has(skuId)) counts[1] += 1;
    }
    expect(this.budget.used).toBe(buyers);
    expect(buyers).toBeLessThanOrEqual(this.budget.max);
    return counts;
  }
}

it('whenever it forgets, however late it reads, with too little room: what it recalls is what is, and the sale that of one who reads all', async () => {
  const sizes = fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 1, maxLength: 5 });
  const seen = { recalled: 0, byReading: 0 };
  await fc.assert(
    fc.asyncProperty(sales, sizes, whims, fc.integer({ min: 1, max: 9 }), async (log, cuts, forecast, max) => {
      const owner = new Owner(max);
      for (const [at, { records }] of chunksOf(log, cuts).entries()) {
        const whim = forecast[at % forecast.length] ?? fine;
        await owner.decide(records, whim);
        const [recalled, byReading] = await owner.expectTrue();
        seen.recalled += recalled;
        seen.byReading += byReading;
        if (whim.forget) owner.memory.forget();
      }
      for (const [skuId, { entry }] of decidedInOneGo(log, owner.truth.time)) {
        expect(owner.truth.ledgerOf(skuId).lines.join('\n')).toBe(entry.decisions);
      }
      owner.memory.forget();
      await settled(5);
      expect(owner.budget.used).toBe(0);
    }),
    RUNS,
  );
  // Else it would hold of a memory that never recalls anything.
  expect([seen.recalled > 1_000, seen.byReading > 100]).toEqual([true, true]);
});
