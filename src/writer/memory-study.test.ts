import { NOW, principal } from '../../test/support/domain.js';
import { type Gate, gate, settled } from '../../test/support/memory-clock.js';
import { commandsIn, logOf, reserveOf, skuNamed } from '../../test/support/memory-log.js';
import { brokenConnection } from '../../test/support/memory-store.js';
import { OneSale } from '../../test/support/one-sale.js';
import type { SkuBatch } from '../domain/decision.js';
import type { HeldUnits } from '../ports/store.js';
import { groupBySku } from './commands-by-sku.js';
import { HolderBudget, PartitionMemory } from './memory.js';

const USERS = ['ann', 'bob', 'cy', 'di', 'ed', 'flo'];

/** A SKU that was sold to ann and bob before this owner came. */
let sale: OneSale;
let budget: HolderBudget;
let memory: PartitionMemory;
/** The reads that were begun, each answered by hand. */
let reads: Gate<HeldUnits | null>[];

function aStudy(max = 1_000): void {
  budget = new HolderBudget(max);
  reads = [];
  memory = new PartitionMemory({
    budget,
    clock: { monotonic: () => 0 },
    databaseNow: () => NOW,
    readHoldings: () => {
      const read = gate<HeldUnits | null>();
      reads.push(read);
      return read.promise;
    },
  });
}

beforeEach(() => {
  aStudy();
  sale = new OneSale();
  sale.created(100_000);
  sale.soldTo('ann', 'bob');
});

/** What a read would find now. */
const asCommitted = (): HeldUnits => ({ headHash: sale.stock.headHash, units: sale.holdings });
const sells = (...users: readonly string[]): void => memory.learn(sale.soldTo(...users));
const recalled = () => memory.recall(groupBySku(commandsIn(logOf([reserveOf('hot')], 1_000_000)))).skus.get(sale.skuId);

async function answer(held: HeldUnits | null, read = reads[0]): Promise<void> {
  read?.open(held);
  await settled(2);
}

function expectKnown(): void {
  const known = recalled();
  expect(known?.stock).toEqual(sale.stock);
  const truth = sale.holdings;
  for (const user of USERS) expect([user, known?.holdings.get(principal(user))]).toEqual([user, truth.get(principal(user))]);
  expect(budget.used).toBe(truth.size);
}

describe('a SKU with a past', () => {
  it('is read at its second batch, once, and not recalled before the answer', async () => {
    sells('cy');
    expect(reads).toHaveLength(0);
    sells('ann');
    expect([reads.length, recalled()]).toEqual([1, undefined]);
    sells('di');
    await settled(2);
    expect([reads.length, recalled(), budget.used]).toEqual([1, undefined, 0]);
  });

  it.each([0, 1, 2, 3, 4])('is known exactly, also where the read saw %d of its four batches', async (seen) => {
    const views = [asCommitted()];
    for (const users of [['cy'], ['ann', 'cy'], ['di', 'bob'], ['ed']]) {
      sells(...users);
      views.push(asCommitted());
    }
    await answer(views[seen] as HeldUnits);
    expectKnown();
    sells('flo', 'ann');
    expectKnown();
    expect(reads).toHaveLength(1);
  });

  it.each<[string, () => HeldUnits | null]>([
    ['the read saw a commit before those it was decided on', () => ({ ...asCommitted(), headHash: 'before' })],
    ['there is no row', () => null],
  ])('is not recalled where %s, and not read again', async (_, found) => {
    sells('cy');
    sells('di');
    await answer(found());
    for (const user of USERS) sells(user);
    await settled(2);
    expect([reads.length, recalled(), budget.used]).toEqual([1, undefined, 0]);
  });

  it('is not recalled where the read failed, and not read again', async () => {
    sells('cy');
    sells('di');
    reads[0]?.fail(brokenConnection());
    await settled(2);
    sells('ed');
    sells('flo');
    expect([reads.length, recalled()]).toEqual([1, undefined]);
  });

  it('is not recalled by a read that was under way when all was forgotten, however well it fits', async () => {
    sells('cy');
    sells('di');
    const fitting = asCommitted();
    memory.forget();
    await answer(fitting);
    expect([recalled(), budget.used]).toEqual([undefined, 0]);
    sells('ed');
    await settled(2);
    expect([reads.length, recalled()]).toEqual([1, undefined]);
  });

  it('is studied anew after all was forgotten, and the old answer changes nothing', async () => {
    sells('cy');
    sells('di');
    memory.forget();
    sells('ed');
    sells('flo');
    expect(reads).toHaveLength(2);
    await answer({ ...asCommitted(), units: new OneSale().holdings }, reads[0]);
    expect(recalled()).toBeUndefined();
    await answer(asCommitted(), reads[1]);
    expectKnown();
  });

  it('that was given up may be studied again after all was forgotten', async () => {
    sells('cy');
    sells('di');
    await answer(null);
    memory.forget();
    sells('ed');
    sells('flo');
    await answer(asCommitted(), reads[1]);
    expectKnown();
  });

  it('that somebody else commits between two batches is studied from the second of them', async () => {
    sells('cy');
    sale.soldTo('rival');
    sells('di');
    expect(reads).toHaveLength(0);
    sells('ed');
    await answer(asCommitted());
    expectKnown();
  });

  it('that somebody else commits while it is read is not recalled by that read', async () => {
    sells('cy');
    sells('di');
    const seen = asCommitted();
    sale.soldTo('rival');
    sells('ed');
    await answer(seen);
    expect(recalled()).toBeUndefined();
  });

  it('that found no room even alone is not studied again', async () => {
    aStudy(3);
    sells('cy');
    sells('ann');
    await answer(asCommitted());
    expectKnown();
    sells('di');
    expect([recalled(), budget.used]).toEqual([undefined, 0]);
    sells('ann');
    sells('bob');
    expect(reads).toHaveLength(1);
  });

  it('that had to leave for another SKU is studied again from its next batch', async () => {
    aStudy(3);
    sells('cy');
    sells('ann');
    await answer(asCommitted());
    const other = new OneSale('other');
    memory.learn(other.created());
    memory.learn(other.soldTo('x'));
    expect([recalled(), budget.used]).toEqual([undefined, 1]);
    sells('bob');
    sells('ann');
    expect(reads).toHaveLength(2);
  });

  it.each([
    ['4,999', 4_999, 1],
    ['5,000', 5_000, 0],
  ])('is studied beside %s others: %#', (_, others, times) => {
    const batch = sale.soldTo('cy');
    memory.learn(batch);
    for (let at = 0; at < others; at += 1) memory.learn({ ...batch, after: { ...batch.after, skuId: skuNamed(`s-${at}`) } });
    sells('di');
    expect(reads).toHaveLength(times);
  });

  it('is given up when 501 batches were decided before the answer', async () => {
    for (let batch = 0; batch < 500; batch += 1) sells('cy');
    await answer(asCommitted());
    expectKnown();
    memory.forget();
    for (let batch = 0; batch < 501; batch += 1) sells('cy');
    await answer(asCommitted(), reads[1]);
    expect([reads.length, recalled()]).toEqual([2, undefined]);
  });

  it.each([
    ['20,000', 12_000, 8_000, 1],
    ['20,001', 12_000, 8_001, 0],
  ])('with %s units held is read: %#', (_, reserved, confirmed, times) => {
    const large = (batch: SkuBatch): SkuBatch => ({ ...batch, after: { ...batch.after, reserved, confirmed } });
    memory.learn(large(sale.soldTo('cy')));
    memory.learn(large(sale.soldTo('di')));
    expect(reads).toHaveLength(times);
  });
});
