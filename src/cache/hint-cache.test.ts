import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { Redis } from 'ioredis';
import { aRow, aStock, asTold, type StockParts } from '../../test/support/domain.js';
import { reserveOf, skuNamed } from '../../test/support/memory-log.js';
import type { Offset } from '../domain/ids.js';
import { REFUSING_HINT_TTL_MS } from '../domain/limits.js';
import type { Reservation } from '../domain/reservation.js';
import { unknownStock } from '../domain/stock.js';
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

const ask = (user = 'ann', key = 'k1', quantity = 1, sku = 'sku-1'): AdmissionRequest => {
  const { reservationId, idempotencyKeyHash: keyHash, skuId } = reserveOf(sku, user, key, quantity);
  return { reservationId, keyHash, skuId, quantity, buyer: user, isQueueTooLong: false };
};
const admit = async (request = ask()): Promise<unknown> => (await cache.admit([request]))[0];
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

describe('the door', () => {
  it('admits what nothing speaks against, and asks again for what is only admitted', async () => {
    expect([await admit(), await admit()]).toEqual([{ kind: 'admitted' }, { kind: 'admitted' }]);
    expect(await cache.read([ANN])).toEqual([null]);
    expect(await redis.pttl(hintKeys(prefix).status(ANN))).toBeGreaterThan(60_000);
    await hint({ total: 0 });
    expect(await admit()).toMatchObject({ kind: 'refused', reason: 'SOLD_OUT' });
  });

  it('answers a repeat with what is known, QUEUED or decided, whatever the hint says meanwhile', async () => {
    await cache.queued([queue()]);
    expect(await admit()).toEqual({ kind: 'known', reservation: view() });
    await announce({ reservations: [row({ version: 4 })], stocks: [aStock({ sequence: 5, total: 0 })] });
    expect(await admit()).toEqual({ kind: 'known', reservation: { ...row({ version: 4 }) } });
  });

  it('refuses a key that is used with another quantity, or on another SKU; nobody else is meant by it', async () => {
    await cache.queued([queue()]);
    const reused = { kind: 'refused', reason: 'KEY_REUSED', retryAfterMs: null };
    expect(await admit(ask('ann', 'k1', 2))).toEqual(reused);
    expect(await admit(ask('bob', 'k1'))).toEqual({ kind: 'admitted' });
    expect(await admit(ask('bob', 'k1', 1, 'sku-2'))).toEqual(reused);
    expect(await admit(ask('bob', 'k2', 1, 'sku-2'))).toEqual({ kind: 'admitted' });
  });

  it('refuses for two seconds at most, also by a hint of a time to come: the database’s clock may have been wrong', async () => {
    await hint({ total: 5, reserved: 5 }, now + 3_600_000);
    expect(((await admit()) as { retryAfterMs: number }).retryAfterMs).toBeLessThanOrEqual(REFUSING_HINT_TTL_MS);
  });

  it.each<[string, StockParts, number, string, number | null]>([
    ['not open yet', { settings: { opensAt: 60_000 } }, 1, 'SALE_NOT_OPEN', 60_000],
    ['over', { settings: { closesAt: -1 } }, 1, 'SALE_CLOSED', null],
    ['paused', { settings: { state: 'PAUSED' } }, 1, 'SALE_PAUSED', REFUSING_HINT_TTL_MS],
    ['more than one may have', { settings: { maxQuantity: 3 } }, 4, 'QUANTITY_TOO_LARGE', null],
    ['sold out', { total: 5, reserved: 3, confirmed: 2 }, 1, 'SOLD_OUT', REFUSING_HINT_TTL_MS],
    ['more than is left', { total: 5, reserved: 3 }, 3, 'SOLD_OUT', REFUSING_HINT_TTL_MS],
  ])('refuses what is %s', async (_, { settings = {}, ...counts }, quantity, reason, retryAfterMs) => {
    const { opensAt, closesAt } = settings;
    const times = { ...(opensAt != null && { opensAt: now + opensAt }), ...(closesAt != null && { closesAt: now + closesAt }) };
    await hint({ ...counts, settings: { ...settings, ...times } });
    const answer = (await admit(ask('ann', 'k1', quantity))) as { retryAfterMs: number | null };
    expect(answer).toMatchObject({ kind: 'refused', reason });
    if (retryAfterMs === null) expect(answer.retryAfterMs).toBeNull();
    // Within the second before it.
    else expect(Math.abs(retryAfterMs - 500 - (answer.retryAfterMs ?? 0))).toBeLessThanOrEqual(500);
    // Nothing is kept of a refusal: the key stays usable.
    expect(await redis.exists(hintKeys(prefix).status(ANN), hintKeys(prefix).claim(ask().keyHash))).toBe(0);
  });

  it('tries the reasons in the order of the writer', async () => {
    const all = { opensAt: now + 60_000, closesAt: now - 1, state: 'PAUSED' as const, maxQuantity: 1 };
    const steps = [{}, { opensAt: null }, { closesAt: null }, { state: 'OPEN' as const }, { maxQuantity: 10 }];
    const reasons: unknown[] = [];
    let settings = {};
    for (const [at, step] of steps.entries()) {
      settings = { ...all, ...settings, ...step };
      await hint({ total: 0, sequence: at + 1, settings });
      reasons.push(((await admit(ask('ann', 'k1', 2))) as { reason: string }).reason);
    }
    expect(reasons).toEqual(['SALE_NOT_OPEN', 'SALE_CLOSED', 'SALE_PAUSED', 'QUANTITY_TOO_LARGE', 'SOLD_OUT']);
  });

  it('believes a refusing hint for two seconds only, and a window by its times', async () => {
    await hint({ total: 0, settings: { state: 'PAUSED', maxQuantity: 1 } }, now - REFUSING_HINT_TTL_MS - 1);
    expect(await admit(ask('ann', 'k1', 9))).toEqual({ kind: 'admitted' });
    await hint({ sequence: 2, settings: { closesAt: now - 1 } }, now - 60_000);
    expect(await admit(ask('bob'))).toMatchObject({ reason: 'SALE_CLOSED' });
  });

  it('takes a stub for unknown too: the SKU may have been created since', async () => {
    await announce({ stocks: [{ ...unknownStock(skuNamed('sku-1'), 0), sequence: 1 }] });
    expect(await admit()).toEqual({ kind: 'admitted' });
  });

  it('takes a missing hint for unknown, never for none; and an open window for what it is', async () => {
    expect(await admit(ask('ann', 'k1', 1_000_000))).toEqual({ kind: 'admitted' });
    await hint({ total: 9, settings: { opensAt: now - 1_000, closesAt: now + 60_000 } });
    expect(await admit(ask('bob', 'k1', 9))).toEqual({ kind: 'admitted' });
  });

  it('answers many at once, in their order', async () => {
    await hint({ total: 1 });
    await cache.queued([queue()]);
    const answers = await cache.admit([ask('bob', 'k1', 2), ask(), ask('cy', 'k1', 1), ask('cy', 'k1', 1, 'sku-2')]);
    expect(answers.map((answer) => ('reason' in answer ? answer.reason : answer.kind))).toEqual([
      'SOLD_OUT',
      'known',
      'admitted',
      'KEY_REUSED',
    ]);
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
  it('takes the place of the mark, never of a decision', async () => {
    await admit();
    await cache.queued([queue()]);
    expect(await cache.read([ANN])).toEqual([view()]);
    await announce({ reservations: [row({ version: 3 })] });
    await cache.queued([queue()]);
    expect(await cache.read([ANN])).toEqual([row({ version: 3 })]);
  });

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

  it('take the place of the mark', async () => {
    await admit();
    await announce({ reservations: [row({ version: 1 })] });
    expect(await cache.read([ANN])).toEqual([row({ version: 1 })]);
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

  it('every field of a status comes back', async () => {
    const rejected = row({ status: 'REJECTED', reason: 'SOLD_OUT', sequence: 8, version: 9, expiresAt: null });
    await announce({ reservations: [rejected, aRow({ user: 'bob', key: 'k2', issuer: 'https://idp/x?y' })] });
    const bob = asTold(aRow({ user: 'bob', key: 'k2', issuer: 'https://idp/x?y' }));
    expect(await cache.read([bob.reservationId, ask('nobody').reservationId, ANN])).toEqual([bob, null, rejected]);
  });
});
