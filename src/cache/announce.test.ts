import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { Redis } from 'ioredis';
import { aRow, aStock, asTold } from '../../test/support/domain.js';
import { skuNamed } from '../../test/support/memory-log.js';
import type { Offset } from '../domain/ids.js';
import type { Reservation } from '../domain/reservation.js';
import type { Stock } from '../domain/stock.js';
import type { Announcement, HintCache } from '../ports/hints.js';
import { onDecided } from './decided-channel.js';
import { createHintCache } from './hint-cache.js';
import { hintKeys } from './keys.js';

let redis: Redis;
let cache: HintCache;
let prefix: string;
/** Calls to Redis. */
let calls: string[];

beforeAll(() => {
  redis = new Redis(process.env.FLASHSALE_REDIS_URL ?? 'redis://FLASHSALE_REDIS_URL-is-not-set');
});
afterAll(() => redis?.disconnect());
beforeEach(() => {
  prefix = `test:${randomUUID()}:`;
  calls = [];
  cache = createHintCache(redis, { prefix, observe: (operation) => calls.push(operation) });
});
afterEach(() => forget());

async function forget(): Promise<void> {
  const keys = await redis.keys(`${prefix}*`);
  if (keys.length > 0) await redis.del(keys);
}

const news = (partition: number, parts: Partial<Announcement> = {}): Announcement => ({
  ...{ partition, nextOffset: 10 as Offset, ratePerSecond: 100, reservations: [], stocks: [], ...parts },
});
/** All of them in one turn of the event loop. */
const announce = (...all: readonly Announcement[]): Promise<PromiseSettledResult<void>[]> =>
  Promise.allSettled(all.map((one) => cache.announce(one)));
const stock = (sku: string, over: Partial<Stock> = {}): Stock => ({
  ...aStock({ sequence: 1, decidedAt: 5 }),
  skuId: skuNamed(sku),
  ...over,
});
const row = (user: string, over: Partial<Reservation> = {}): Reservation => asTold(aRow({ user }, over));
/** Next offsets by partition, asked as the API does: by what it queues. */
async function progress(...partitions: readonly number[]): Promise<unknown[]> {
  const view = { ...row('asker'), status: 'QUEUED' as const, sequence: null, version: 0, decidedAt: null, expiresAt: null };
  const found = await cache.queued(partitions.map((partition) => ({ view, appended: { partition, offset: 0 as Offset } })));
  return partitions.map((partition) => found.get(partition)?.nextOffset);
}

describe('announcements of one turn', () => {
  it('are one call, and each partition has its progress, its rows and its stocks', async () => {
    const [ann, bob, cy] = [row('ann', { version: 3 }), row('bob', { status: 'REJECTED' }), row('cy')];
    await announce(
      news(1, { nextOffset: 11 as Offset, reservations: [ann, bob], stocks: [stock('a', { total: 7 }), stock('b', { total: 8 })] }),
      news(2, { nextOffset: 22 as Offset }),
      news(30, { nextOffset: 33 as Offset, reservations: [cy], stocks: [stock('c', { total: 9 })] }),
    );
    expect(calls).toEqual(['announce']);
    expect(await progress(1, 2, 3, 30, 0)).toEqual([11, 22, undefined, 33, undefined]);
    expect(await cache.read([ann, bob, cy].map(({ reservationId }) => reservationId))).toEqual([ann, bob, cy]);
    expect(await Promise.all(['a', 'b', 'c'].map(async (sku) => (await cache.stock(skuNamed(sku)))?.total))).toEqual([7, 8, 9]);
  });

  it.each([
    [10, 1],
    [11, 2],
    [20, 2],
    [21, 3],
  ])('%i of them are %i calls, none of them lost', async (count, expected) => {
    const partitions = Array.from({ length: count }, (_, at) => at);
    const all = partitions.map((at) => news(at, { nextOffset: at as Offset, reservations: [row(`user-${at}`, { version: at + 1 })] }));
    await announce(...all);
    expect(calls).toHaveLength(expected);
    expect(await progress(...partitions)).toEqual(partitions);
    const known = await cache.read(all.flatMap(({ reservations }) => reservations.map(({ reservationId }) => reservationId)));
    expect(known.map((view) => view?.version)).toEqual(partitions.map((at) => at + 1));
  });

  it('that come while a call is under way are the next one, in their order', async () => {
    const first = cache.announce(news(0, { nextOffset: 1 as Offset }));
    await new Promise((resolve) => setImmediate(resolve));
    await Promise.all([first, announce(news(0, { nextOffset: 2 as Offset }), news(1, { nextOffset: 3 as Offset }))]);
    expect(calls).toEqual(['announce', 'announce']);
    expect(await progress(0, 1)).toEqual([2, 3]);
  });

  it('are told to those who wait as one list of ids', async () => {
    const subscriber = redis.duplicate();
    const heard: string[][] = [];
    await onDecided(subscriber, prefix, (ids) => heard.push([...ids]));
    const [ann, bob, cy] = [row('ann'), row('bob'), row('cy')];
    await announce(news(0, { reservations: [ann] }), news(1), news(2, { reservations: [bob, cy] }));
    for (let turn = 0; turn < 200 && heard.length < 1; turn += 1) await redis.ping();
    expect(heard.flat()).toEqual([ann, bob, cy].map(({ reservationId }) => reservationId));
    subscriber.disconnect();
  });

  it('fail together, and later ones succeed', async () => {
    const keys = hintKeys(prefix);
    await redis.set(keys.progress(1), 'of another type');
    const all = [news(0), news(1), news(2, { reservations: [row('ann')] })];
    const outcomes = await announce(...all);
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
    expect(calls).toEqual(['announce']);
    await redis.del(keys.progress(1));
    expect((await announce(...all)).map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'fulfilled']);
    expect(await progress(0, 1, 2)).toEqual([10, 10, 10]);
  });

  it('fail while there is no server, and succeed once there is', async () => {
    const link = redis.duplicate();
    await link.ping();
    link.disconnect();
    const behind = createHintCache(link, { prefix, observe: () => undefined });
    const both = (): Promise<PromiseSettledResult<void>[]> => Promise.allSettled([behind.announce(news(0)), behind.announce(news(1))]);
    expect((await both()).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    await link.connect();
    expect((await both()).map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled']);
    expect(await progress(0, 1)).toEqual([10, 10]);
    link.disconnect();
  });
});

describe('what is newest stays', () => {
  it('a status lives on as long as every other, though an older one comes in the same turn or later', async () => {
    const [older, newer] = [row('ann', { version: 9, quantity: 1 }), row('ann', { version: 10, quantity: 2 })];
    const id = older.reservationId;
    for (const order of [
      [older, newer],
      [newer, older],
      [newer, older, newer, older],
    ]) {
      await forget();
      await announce(...order.map((one, at) => news(at, { reservations: [one] })));
      expect(await cache.read([id])).toEqual([newer]);
      await announce(news(0, { reservations: [older] }));
      expect(await cache.read([id])).toEqual([newer]);
      expect(await redis.pttl(hintKeys(prefix).status(id))).toBeGreaterThan(890_000);
    }
  });

  it('in any turns, of any partitions, twice or late', async () => {
    const nine = fc.integer({ min: 1, max: 12 });
    const change = fc.record({ partition: fc.integer({ min: 0, max: 2 }), version: nine, sequence: nine, next: nine });
    const turns = fc.array(fc.array(change, { minLength: 1, maxLength: 10 }), { minLength: 1, maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(turns, async (all) => {
        await forget();
        for (const turn of all) {
          const outcomes = await announce(
            ...turn.map(({ partition, version, sequence, next }) =>
              news(partition, {
                nextOffset: next as Offset,
                reservations: [row(`user-${partition}`, { version, quantity: version })],
                stocks: [stock(`sku-${partition}`, { sequence, total: 100 + sequence, decidedAt: sequence })],
              }),
            ),
          );
          expect(outcomes.filter(({ status }) => status === 'rejected')).toEqual([]);
        }
        for (const partition of [0, 1, 2]) {
          const told = all.flat().filter((piece) => piece.partition === partition);
          if (told.length === 0) continue;
          const newest = (field: 'version' | 'sequence' | 'next'): number => Math.max(...told.map((piece) => piece[field]));
          const version = newest('version');
          const expected = row(`user-${partition}`, { version, quantity: version });
          expect(await cache.read([expected.reservationId])).toEqual([expected]);
          const sequence = newest('sequence');
          const hint = await cache.stock(skuNamed(`sku-${partition}`));
          expect(hint).toMatchObject({ sequence, total: 100 + sequence, asOf: sequence });
          expect(await progress(partition)).toEqual([newest('next')]);
        }
      }),
      { seed: 20_260_613, numRuns: 60 },
    );
  });

  it('a stock comes back field by field, with and without a window, many in one call', async () => {
    const time = fc.option(fc.oneof(fc.constantFrom(0, -1, 1, 8.64e15, -8.64e15), fc.maxSafeInteger()));
    const count = fc.integer({ min: 0, max: 1_000_000 });
    const figures = fc.record({
      total: count,
      reserved: count,
      confirmed: count,
      decidedAt: fc.nat(2 ** 42),
      opensAt: time,
      closesAt: time,
    });
    const sku = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._:-]{0,63}$/);
    const stocks = fc.uniqueArray(fc.tuple(sku, figures), { selector: ([name]) => name, minLength: 1, maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(stocks, fc.constantFrom('OPEN' as const, 'PAUSED' as const), async (all, state) => {
        await forget();
        const told = all.map(([name, { opensAt, closesAt, ...counts }], at) =>
          stock(name, { ...counts, sequence: at + 1, settings: { ...aStock().settings, state, opensAt, closesAt } }),
        );
        await announce(...told.map((one, at) => news(at % 2, { stocks: [one] })));
        for (const { skuId, total, reserved, confirmed, sequence, decidedAt: asOf, settings } of told) {
          const { opensAt, closesAt } = settings;
          const left = total - reserved - confirmed;
          expect(await cache.stock(skuId)).toEqual({ total, available: left, state, opensAt, closesAt, sequence, asOf });
        }
      }),
      { seed: 20_260_614, numRuns: 40 },
    );
  });

  it('a window that was set and is taken away again is gone', async () => {
    const windowed = (sequence: number, opensAt: number | null, closesAt: number | null): Stock =>
      stock('a', { sequence, settings: { ...aStock().settings, opensAt, closesAt } });
    await announce(news(0, { stocks: [windowed(1, 5, 9)] }));
    expect(await cache.stock(skuNamed('a'))).toMatchObject({ opensAt: 5, closesAt: 9 });
    await announce(news(0, { stocks: [windowed(2, null, 9)] }), news(0, { stocks: [windowed(3, null, null), windowed(1, 5, 9)] }));
    expect(await cache.stock(skuNamed('a'))).toMatchObject({ opensAt: null, closesAt: null, sequence: 3 });
  });
});
