import { aStock, NOW, principal } from '../../test/support/domain.js';
import { gate, hurriedClock, settled } from '../../test/support/memory-clock.js';
import { skuNamed } from '../../test/support/memory-log.js';
import type { ConfigureCommand, SkuChange } from '../domain/command.js';
import type { Offset } from '../domain/ids.js';
import { type Stock, unknownStock } from '../domain/stock.js';
import type { StockHint } from '../ports/hints.js';
import type { DecidedCommand } from '../ports/store.js';
import { createAvailability } from './availability.js';
import { type ConfigureRequest, createConfigureSku } from './configure-sku.js';
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
  const stock = aStock({ total: 9, reserved: 2, confirmed: 3, sequence: 6, decidedAt: NOW - 5, settings: { closesAt: 5 } });

  it.each<[string, () => Promise<StockHint | null>, Stock | null, StockHint | null]>([
    ['by Redis', async () => hint, null, hint],
    ['by PostgreSQL when Redis knows nothing', async () => null, stock, { ...hint, sequence: 6, asOf: NOW - 5 }],
    ['by PostgreSQL when Redis is away', away, stock, { ...hint, sequence: 6, asOf: NOW - 5 }],
    ['nothing: no SKU', async () => null, null, null],
    ['nothing: a stub in Redis', async () => ({ ...hint, state: 'UNKNOWN' }), stock, null],
    ['nothing: a stub in PostgreSQL', async () => null, unknownStock(HOT, 0), null],
  ])('%s', async (_, fromCache, fromStore, expected) => {
    const availability = createAvailability({ stock: fromCache }, { sku: async () => fromStore }, unguarded);
    expect(await availability(HOT)).toEqual(expected);
  });

  it('a closed breaker that fails is Redis away', async () => {
    const availability = createAvailability({ stock: async () => hint }, { sku: async () => stock }, away);
    expect(await availability(HOT)).toMatchObject({ sequence: 6 });
  });
});

describe("an operator's change", () => {
  const DECIDED: DecidedCommand = { outcome: 'CONFIGURED', reason: null, sequence: 4 };
  let published: ConfigureCommand[];
  let looks = 0;
  /** What was decided the first time, where the command is a repeat. */
  let first: DecidedCommand | null;
  beforeEach(() => {
    published = [];
    looks = 0;
    first = null;
  });

  function configure(
    over: Partial<ConfigureRequest> = {},
    decisions: (DecidedCommand | null)[] = [DECIDED],
    publish?: () => Promise<never>,
  ) {
    const clock = hurriedClock();
    const apply = createConfigureSku({
      publish:
        publish ??
        (async (command) => {
          published.push(command);
          return { partition: 0, offset: 40 as Offset };
        }),
      store: {
        decisionAt: async (skuId, offset) => {
          expect([skuId, offset]).toEqual([HOT, 40]);
          looks += 1;
          return decisions[Math.min(looks, decisions.length) - 1] ?? null;
        },
        operation: async (id) => {
          expect(id).toBe(published.at(-1)?.commandId);
          return first;
        },
        sku: async () => aStock(),
      },
      clock,
    });
    const request = { principal: principal('operator'), skuId: HOT, ifMatch: null, total: 5, change: {}, correlationId: 'c' };
    return apply({ ...request, ...over });
  }

  it('is answered by what the ledger says of its own offset', async () => {
    expect(await configure({}, [null, null, DECIDED])).toEqual({ kind: 'applied', created: true, sku: aStock() });
    expect(await configure({ ifMatch: 3, total: null })).toMatchObject({ kind: 'applied', created: false });
    const refused: DecidedCommand = { outcome: 'REFUSED', reason: 'VERSION_CONFLICT', sequence: 4 };
    expect(await configure({}, [refused])).toEqual({ kind: 'refused', reason: 'VERSION_CONFLICT' });
  });

  it('is answered as the first time when it is a repeat', async () => {
    const repeat: DecidedCommand = { outcome: 'DUPLICATE', reason: null, sequence: 9 };
    first = DECIDED;
    expect(await configure({}, [repeat])).toMatchObject({ kind: 'applied' });
    first = { outcome: 'REFUSED', reason: 'NOT_FOUND', sequence: 2 };
    expect(await configure({}, [repeat])).toEqual({ kind: 'refused', reason: 'NOT_FOUND' });
  });

  it('is pending when it is in the log and not decided within five seconds', async () => {
    expect(await configure({}, [null])).toEqual({ kind: 'pending', appended: { partition: 0, offset: 40 } });
    expect(looks).toBe(501);
  });

  it('is unavailable when the log does not acknowledge it', async () => {
    expect(await configure({}, [DECIDED], away)).toEqual({ kind: 'unavailable', retryAfterMs: 1_000 });
    expect(looks).toBe(0);
  });

  it('has the same id when it is sent again, however its fields are ordered, and another when anything differs', async () => {
    const change: SkuChange = { perUserLimit: 1, maxQuantity: 2 };
    const idOf = async (over: Partial<ConfigureRequest>): Promise<string> => {
      await configure({ change, ...over });
      return published.at(-1)?.commandId as string;
    };
    const id = await idOf({});
    expect(await idOf({ change: { maxQuantity: 2, perUserLimit: 1 }, correlationId: 'other' })).toBe(id);
    const others = [
      { change: {} },
      { total: 6 },
      { ifMatch: 1 },
      { principal: principal('other') },
      { principal: principal('operator', 'idp') },
    ];
    const ids = new Set([id]);
    for (const other of others) ids.add(await idOf(other));
    expect(ids.size).toBe(1 + others.length);
  });
});
