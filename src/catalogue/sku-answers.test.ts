import { aStock, NOW } from '../../test/support/domain.js';
import { gate, hurriedClock, settled } from '../../test/support/memory-clock.js';
import { skuNamed } from '../../test/support/memory-log.js';
import { type Stock, unknownStock } from '../domain/stock.js';
import type { StockHint } from '../ports/hints.js';
import { createAvailability } from './availability.js';
import { createKnownSkus } from './known-skus.js';

const HOT = skuNamed('hot');
const unguarded = <T>(call: () => Promise<T>): Promise<T> => call();
const away = (): Promise<never> => Promise.reject(new Error('away'));

describe('whether a SKU exists', () => {
  function knownSkus(answer: () => Promise<Stock | null>) {
    const clock = hurriedClock();
    let asked = 0;
    const store = {
      sku: () => {
        asked += 1;
        return answer();
      },
    };
    return { isKnown: createKnownSkus(store, clock), clock, asked: () => asked };
  }

  it('one that does is asked for once', async () => {
    const { isKnown, clock, asked } = knownSkus(async () => aStock());
    expect(await isKnown(HOT)).toBe(true);
    await clock.sleep(3_600_000);
    expect([await isKnown(HOT), asked()]).toEqual([true, 1]);
  });

  it.each([
    ['no row', null],
    ['a stub', unknownStock(HOT, 0)],
  ])('%s is no SKU, for 250 ms, and then it is asked for again', async (_, stock) => {
    let answer: Stock | null = stock;
    const { isKnown, clock, asked } = knownSkus(async () => answer);
    expect(await isKnown(HOT)).toBe(false);
    answer = aStock();
    await clock.sleep(249);
    expect([await isKnown(HOT), asked()]).toEqual([false, 1]);
    await clock.sleep(1);
    expect([await isKnown(HOT), asked()]).toEqual([true, 2]);
  });

  it('those who ask at the same time share the question', async () => {
    const answering = gate<Stock | null>();
    const { isKnown, asked } = knownSkus(() => answering.promise);
    const answers = Promise.all([isKnown(HOT), isKnown(HOT)]);
    await settled(2);
    answering.open(aStock());
    expect([await answers, asked()]).toEqual([[true, true], 1]);
  });

  it('a database that does not answer is neither yes nor no, and is asked again', async () => {
    let answer: () => Promise<Stock | null> = away;
    const { isKnown } = knownSkus(() => answer());
    await expect(isKnown(HOT)).rejects.toThrow('away');
    answer = async () => aStock();
    expect(await isKnown(HOT)).toBe(true);
  });
});

describe('what is left of a SKU', () => {
  const hint: StockHint = { total: 9, available: 4, state: 'OPEN', opensAt: null, closesAt: 5, sequence: 7, asOf: NOW };
  const clock = { ...hurriedClock(), now: () => NOW + 4_999 };
  const stock = aStock({ total: 9, reserved: 2, confirmed: 3, sequence: 6, decidedAt: NOW - 5, settings: { closesAt: 5 } });

  it.each<[string, () => Promise<StockHint | null>, Stock | null, StockHint | null]>([
    ['by Redis', async () => hint, null, hint],
    ['by PostgreSQL when Redis knows nothing', async () => null, stock, { ...hint, sequence: 6, asOf: NOW - 5 }],
    ['by PostgreSQL when Redis is away', away, stock, { ...hint, sequence: 6, asOf: NOW - 5 }],
    ['nothing: no SKU', async () => null, null, null],
    ['nothing: a stub in Redis', async () => ({ ...hint, state: 'UNKNOWN' }), stock, null],
    ['nothing: a stub in PostgreSQL', async () => null, unknownStock(HOT, 0), null],
  ])('%s', async (_, fromCache, fromStore, expected) => {
    const availability = createAvailability({
      cache: { stock: fromCache },
      store: { sku: async () => fromStore },
      guarded: unguarded,
      clock,
    });
    expect(await availability(HOT)).toEqual(expected);
  });

  it('a hint that is not of just now is compared with PostgreSQL, at most once a second, and believed while that is away', async () => {
    const soldOut = { ...hint, available: 0 };
    let rows: (() => Promise<Stock | null>)[] = [async () => stock, away, async () => stock];
    const asked = (): number => 3 - rows.length;
    const store = { sku: () => (rows.shift() ?? away)() };
    let elapsed = 0;
    const later = { ...clock, now: () => NOW + 5_000, monotonic: () => elapsed };
    const availability = createAvailability({ cache: { stock: async () => soldOut }, store, guarded: unguarded, clock: later });
    expect(await Promise.all([availability(HOT), availability(HOT)])).toMatchObject([{ available: 4 }, { available: 4 }]);
    expect(asked()).toBe(1);
    elapsed = 1_000;
    expect(await availability(HOT)).toEqual(soldOut);
    expect(await availability(HOT)).toMatchObject({ available: 4 });
    rows = [];
  });

  it('a closed breaker that fails is Redis away', async () => {
    const availability = createAvailability({
      cache: { stock: async () => hint },
      store: { sku: async () => stock },
      guarded: away,
      clock,
    });
    expect(await availability(HOT)).toMatchObject({ sequence: 6 });
  });
});
