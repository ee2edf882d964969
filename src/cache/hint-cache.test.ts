import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { Redis } from 'ioredis';
import { aRow, aStock, asTold, type StockParts } from '../../test/support/domain.js';
import { reserveOf, skuNamed } from '../../test/support/memory-log.js';
import type { Offset } from '../domain/ids.js';
import type { Reservation } from '../domain/reservation.js';
import type { AdmissionRequest, Announcement, HintCache, Queued, ReservationView } from '../ports/hints.js';
import { onDecided } from './decided-channel.js';
import { createHintCache } from './hint-cache.js';
import { hintKeys } from './keys.js';

let redis: Redis;
let cache: HintCache;
let prefix: string;
/** Redis's own clock, epoch milliseconds. */
let now: number;

beforeAll(() => {
  redis = new Redis(process.env.FLASHSALE_REDIS_URL ?? 'redis://FLASHSALE_REDIS_URL-is-not-set');
});
afterAll(() => redis?.disconnect());
beforeEach(async () => {
  prefix = `test:${randomUUID()}:`;
  cache = createHintCache(redis, { prefix, observe: () => undefined });
  const [seconds, micros] = await redis.time();
  now = Number(seconds) * 1000 + Math.floor(Number(micros) / 1000);
});
afterEach(async () => {
  const keys = await redis.keys(`${prefix}*`);
  if (keys.length > 0) await redis.del(keys);
});

const ask = (): AdmissionRequest => {
  const { reservationId, idempotencyKeyHash: keyHash, skuId } = reserveOf('sku-1', 'ann', 'k1', 1);
  return { reservationId, keyHash, skuId, quantity: 1, buyer: 'ann', isQueueTooLong: false };
};
const admit = async (): Promise<unknown> => (await cache.admit([ask()]))[0];
const announce = (news: Partial<Announcement>): Promise<void> =>
  cache.announce({ partition: 0, nextOffset: 10 as Offset, ratePerSecond: 100, reservations: [], stocks: [], ...news });
const hint = (parts: StockParts, at = now): Promise<void> =>
  announce({ stocks: [{ ...aStock({ sequence: 1, ...parts }), decidedAt: at }] });

const row = (over: Partial<Reservation> = {}): Reservation => asTold(aRow({ user: 'ann', key: 'k1' }, over));
const view = (over: Partial<ReservationView> = {}): ReservationView => ({
  ...row(),
  ...{ status: 'QUEUED', reason: null, sequence: null, version: 0, decidedAt: null, expiresAt: null },
  ...over,
});
const queue = (over: Partial<ReservationView> = {}, partition = 0, offset = 12): Queued => ({
  view: view(over),
  appended: { partition, offset: offset as Offset },
});
const ANN = row().reservationId;

/** What the model of the simulator does too is in test/contract/cache.test.ts. */
describe('the door', () => {
  it('admits what nothing speaks against, and asks again for what is only admitted', async () => {
    expect([await admit(), await admit()]).toEqual([{ kind: 'admitted' }, { kind: 'admitted' }]);
    expect(await cache.read([ANN])).toEqual([null]);
    expect(await redis.pttl(hintKeys(prefix).status(ANN))).toBeGreaterThan(60_000);
    await hint({ total: 0 });
    expect(await admit()).toMatchObject({ kind: 'refused', reason: 'SOLD_OUT' });
  });

  it('survives a server that has forgotten the scripts, and one that has forgotten everything', async () => {
    await redis.script('FLUSH');
    await cache.queued([queue()]);
    await redis.script('FLUSH');
    expect(await admit()).toMatchObject({ kind: 'known' });
    await redis.del(await redis.keys(`${prefix}*`));
    expect(await admit()).toEqual({ kind: 'admitted' });
  });
});

describe('QUEUED', () => {
  it('answers the progress of each partition, and nothing where none is known', async () => {
    await announce({ partition: 1, nextOffset: 40 as Offset, ratePerSecond: 123.4 });
    const progress = await cache.queued([queue({}, 1), queue({}, 2), queue({}, 1)]);
    expect([...progress.keys()]).toEqual([1]);
    expect(progress.get(1)).toMatchObject({ nextOffset: 40, ratePerSecond: 123 });
    expect(progress.get(1)?.ageMs).toBeLessThan(1_000);
  });
});

describe('announcements', () => {
  it('late, twice or in any order: what is newest stays', async () => {
    const change = fc.record({
      version: fc.integer({ min: 1, max: 9 }),
      sequence: fc.integer({ min: 1, max: 9 }),
      next: fc.integer({ min: 0, max: 9 }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(fc.oneof(change, fc.constant('queued' as const)), { minLength: 1, maxLength: 12 }), async (news) => {
        await redis.del(...(await redis.keys(`${prefix}*`)), 'none');
        for (const piece of news) {
          if (piece === 'queued') await cache.queued([queue()]);
          else {
            const { version, sequence, next } = piece;
            const stocks = [aStock({ sequence, total: 100 + sequence })];
            await announce({ reservations: [row({ version, quantity: version })], stocks, nextOffset: next as Offset });
          }
        }
        const told = news.filter((piece) => piece !== 'queued');
        const newest = (read: (piece: { version: number; sequence: number; next: number }) => number): number =>
          Math.max(...told.map(read));
        const [status] = await cache.read([ANN]);
        const progress = await cache.queued([queue()]);
        if (told.length === 0) expect([status?.status, progress.size]).toEqual(['QUEUED', 0]);
        else {
          const version = newest((piece) => piece.version);
          expect(status).toMatchObject({ version, quantity: version, status: 'RESERVED' });
          const sequence = newest((piece) => piece.sequence);
          expect(await cache.stock(skuNamed('sku-1'))).toMatchObject({ sequence, total: 100 + sequence });
          expect(progress.get(0)?.nextOffset).toBe(newest((piece) => piece.next));
        }
      }),
      { seed: 20_260_501, numRuns: 60 },
    );
  });

  it('say what is left, and when that was so', async () => {
    expect(await cache.stock(skuNamed('sku-1'))).toBeNull();
    await hint({ total: 9, reserved: 2, confirmed: 3, sequence: 7, settings: { opensAt: 5 } });
    expect(await cache.stock(skuNamed('sku-1'))).toEqual({
      ...{ total: 9, available: 4, state: 'OPEN', opensAt: 5, closesAt: null, sequence: 7, asOf: now },
    });
  });

  it('wake who waits for these ids, and nobody on another prefix', async () => {
    const subscriber = redis.duplicate();
    const heard: string[] = [];
    await onDecided(subscriber, prefix, (ids) => heard.push(...ids));
    await onDecided(subscriber, `${prefix}other:`, (ids) => heard.push(`other ${ids.join()}`));
    const bob = asTold(aRow({ user: 'bob' }));
    await announce({});
    await announce({ reservations: [row(), bob] });
    for (let turn = 0; turn < 200 && heard.length < 2; turn += 1) await redis.ping();
    expect(heard).toEqual([ANN, bob.reservationId]);
    subscriber.disconnect();
  });
});
