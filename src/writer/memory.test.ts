import { NOW, principal } from '../../test/support/domain.js';
import { commandsIn, configureOf, logOf, reserveOf, type Written } from '../../test/support/memory-log.js';
import { OneSale } from '../../test/support/one-sale.js';
import { Holdings } from '../domain/holdings.js';
import { groupBySku } from './commands-by-sku.js';
import { HolderBudget, NOTHING_RECALLED, PartitionMemory, type Recall } from './memory.js';

let elapsed: number;
let databaseNow: number | null;
let reads: string[];
const aMemory = (budget = new HolderBudget(1_000)): PartitionMemory =>
  new PartitionMemory({
    budget,
    clock: { monotonic: () => elapsed },
    databaseNow: () => databaseNow,
    readHoldings: async (skuId) => {
      reads.push(skuId);
      return null;
    },
  });

let memory: PartitionMemory;
beforeEach(() => {
  elapsed = 0;
  databaseNow = NOW + 7;
  reads = [];
  memory = aMemory();
});

const LATER = 1_000;
const recallOf = (written: readonly Written[], from = LATER): Recall => memory.recall(groupBySku(commandsIn(logOf(written, from))));
const isRecalled = ({ sku }: OneSale): boolean => recallOf([reserveOf(sku)]).skus.size === 1;
/** A SKU of which these have bought, remembered from its start. */
function remembered(sku: string, ...users: readonly string[]): OneSale {
  const sale = new OneSale(sku);
  memory.learn(sale.created());
  for (const user of users) memory.learn(sale.soldTo(user));
  return sale;
}

describe('recalls', () => {
  it('a SKU decided from its start, as it was left, and the moment to decide at', () => {
    const sale = remembered('hot', 'ann', 'bob', 'ann');
    const { skus, now } = recallOf([reserveOf('hot', 'cy')]);
    const known = skus.get(sale.skuId);
    expect([now, known?.stock]).toEqual([NOW + 7, sale.stock]);
    expect(['ann', 'bob', 'cy'].map((user) => known?.holdings.get(principal(user)))).toEqual([2, 1, undefined]);
    expect(reads).toEqual([]);
  });

  it('the reservations made lately, of whatever SKU', () => {
    const sale = new OneSale('hot');
    memory.learn(sale.created());
    const { created } = sale.soldTo('ann', 'bob');
    memory.learn({ ...sale.next(reserveOf('hot', 'cy')), created });
    const warm = remembered('warm');
    for (const row of created) {
      expect(
        recallOf([reserveOf('warm')])
          .skus.get(warm.skuId)
          ?.reservations.get(row.reservationId),
      ).toEqual(row);
    }
  });

  it('the SKUs that are known out of those that are asked for', () => {
    const sale = remembered('hot', 'ann');
    expect([...recallOf([reserveOf('cold'), reserveOf('hot')]).skus.keys()]).toEqual([sale.skuId]);
  });
});

describe('recalls nothing', () => {
  it('of a SKU that was never met', () => {
    expect(recallOf([reserveOf('cold')]).skus.size).toBe(0);
  });

  it('of a SKU that an operator changes in this chunk, whatever stands before and after it', () => {
    remembered('hot', 'ann');
    expect(recallOf([reserveOf('hot', 'x'), configureOf('hot', 9), reserveOf('hot', 'y')]).skus.size).toBe(0);
  });

  it.each([
    ['at the watermark', 0, 0],
    ['that begins below it', -1, 0],
    ['that begins just above it', 1, 1],
  ])('of a chunk %s', (_, distance, size) => {
    const { stock } = remembered('hot', 'ann', 'bob');
    expect(recallOf([reserveOf('hot', 'x'), reserveOf('hot', 'y')], stock.watermark + distance).skus.size).toBe(size);
  });

  it('while the time of the database is unknown', () => {
    const sale = remembered('hot', 'ann');
    databaseNow = null;
    expect(recallOf([reserveOf('hot')])).toBe(NOTHING_RECALLED);
    databaseNow = NOW;
    expect(isRecalled(sale)).toBe(true);
  });

  it('for a minute after a doubt, and then all that was learned meanwhile', () => {
    const sale = remembered('hot', 'ann');
    elapsed = 5_000;
    memory.doubt();
    memory.learn(sale.soldTo('bob'));
    elapsed = 64_999;
    expect(recallOf([reserveOf('hot')])).toBe(NOTHING_RECALLED);
    elapsed = 65_000;
    expect(recallOf([reserveOf('hot')]).skus.get(sale.skuId)?.stock).toEqual(sale.stock);
  });

  it('in a doubt that a second one has made longer', () => {
    const sale = remembered('hot', 'ann');
    memory.doubt();
    elapsed = 40_000;
    memory.doubt();
    elapsed = 99_999;
    expect(isRecalled(sale)).toBe(false);
    elapsed = 100_000;
    expect(isRecalled(sale)).toBe(true);
  });

  it('once it was told to forget, rows included', () => {
    const sale = remembered('hot', 'ann');
    const [row] = sale.known.reservations.values();
    memory.forget();
    expect(isRecalled(sale)).toBe(false);
    const other = remembered('warm');
    expect(
      recallOf([reserveOf('warm')])
        .skus.get(other.skuId)
        ?.reservations.get(row?.reservationId ?? ''),
    ).toBeUndefined();
  });

  it('of a SKU whose chain somebody else has continued', () => {
    const sale = remembered('hot', 'ann');
    sale.soldTo('rival');
    memory.learn(sale.soldTo('bob'));
    expect(isRecalled(sale)).toBe(false);
  });

  it('of a SKU whose batch is learned a second time', () => {
    const sale = new OneSale();
    memory.learn(sale.created());
    const batch = sale.soldTo('ann');
    memory.learn(batch);
    memory.learn(sale.soldTo('bob'));
    memory.learn({ ...batch, before: sale.stock });
    expect(isRecalled(sale)).toBe(false);
  });
});

it('a SKU of which nothing is held is known at once, whatever came before', () => {
  const sale = new OneSale();
  sale.created();
  sale.next(configureOf('hot', null, { perUserLimit: 3 }, 1));
  memory.learn(sale.soldTo('ann', 'ann'));
  const known = recallOf([reserveOf('hot')]).skus.get(sale.skuId);
  expect([known?.stock, known?.holdings.get(principal('ann')), reads]).toEqual([sale.stock, 2, []]);
});

describe('the budget of buyers', () => {
  const SEEN = { hot: 2, warm: 1 };
  let budget: HolderBudget;
  beforeEach(() => {
    budget = new HolderBudget(3);
    memory = aMemory(budget);
  });

  it('counts each buyer of a SKU once, and is whole again after forgetting, also twice', () => {
    remembered('hot', 'ann', 'bob', 'ann');
    remembered('warm', 'ann');
    expect(budget.used).toBe(SEEN.hot + SEEN.warm);
    memory.forget();
    memory.forget();
    expect(budget.used).toBe(0);
  });

  it('gets back what a SKU of a broken chain took', () => {
    const sale = remembered('hot', 'ann', 'bob');
    sale.soldTo('rival');
    memory.learn(sale.soldTo('cy'));
    expect(budget.used).toBe(0);
  });

  it('gets back a buyer who holds nothing any more, and he is known no longer', () => {
    const sale = remembered('hot', 'ann', 'bob');
    const holdings = new Holdings();
    holdings.set(principal('ann'), 0);
    memory.learn({ ...sale.next(reserveOf('hot', 'cy', 'k', 11)), holdings });
    expect(budget.used).toBe(1);
    const known = recallOf([reserveOf('hot')]).skus.get(sale.skuId);
    expect(['ann', 'bob'].map((user) => known?.holdings.get(principal(user)))).toEqual([undefined, 1]);
    memory.forget();
    expect(budget.used).toBe(0);
  });

  it('when it is exceeded, the SKU that was not decided for longest goes', () => {
    const [first, second] = [remembered('first', 'ann'), remembered('second', 'ann')];
    memory.learn(first.soldTo('ann'));
    const third = remembered('third', 'ann', 'bob');
    expect([first, second, third].map(isRecalled)).toEqual([true, false, true]);
    expect(budget.used).toBe(3);
  });

  it('a SKU that exceeds it alone is not remembered', () => {
    const sale = remembered('hot', 'a', 'b', 'c');
    expect([isRecalled(sale), budget.used]).toEqual([true, 3]);
    memory.learn(sale.soldTo('d'));
    expect([isRecalled(sale), budget.used]).toEqual([false, 0]);
  });

  it('is shared: what one partition has taken another cannot, and it gives back no more than its own', () => {
    const other = new OneSale('other');
    const neighbour = aMemory(budget);
    neighbour.learn(other.created());
    neighbour.learn(other.soldTo('x', 'y'));
    const sale = remembered('hot', 'ann');
    memory.learn(sale.soldTo('bob'));
    expect([isRecalled(sale), budget.used]).toEqual([false, 2]);
    memory.forget();
    expect(budget.used).toBe(2);
    neighbour.forget();
    expect(budget.used).toBe(0);
  });
});

it('of 5,001 SKUs the one that was not decided for longest goes', () => {
  const sales = Array.from({ length: 5_000 }, (_, at) => remembered(`s-${at}`));
  const [first, second, third] = sales as [OneSale, OneSale, OneSale];
  memory.learn(first.soldTo('ann'));
  expect(isRecalled(second)).toBe(true);
  remembered('one-more');
  expect([first, second, third].map(isRecalled)).toEqual([true, false, true]);
});
