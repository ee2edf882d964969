import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import { reserveOf } from '../../test/support/memory-log.js';
import type { AdmissionAnswer, HintCache } from '../ports/hints.js';
import { bucketOf, retryAfterMsOf, standingOf } from './buyer-bucket.js';
import { createHintCache } from './hint-cache.js';
import { hintKeys } from './keys.js';

describe('a bucket', () => {
  const bucket = { perRequest: 100_000, depth: 2_000_000 };

  it('is as deep as the burst, and none without a rate', () => {
    expect([bucketOf({ perSecond: 10, burst: 20 }), bucketOf(null)]).toEqual([bucket, null]);
    expect(bucketOf({ perSecond: 3, burst: 1 })).toEqual({ perRequest: 333_333, depth: 333_333 });
  });

  it.each([
    [100_000, 19, 100],
    [150_001, 18, 151],
    [2_000_000, 0, 2_000],
    [1_900_001, 0, 1_901],
    [0, 20, 0],
  ])('filled with %i us: %i left, all of it again in %i ms', (used, remaining, resetMs) =>
    expect(standingOf(bucket, used)).toEqual({ remaining, resetMs }),
  );

  it('a request that does not fit in is told when it will', () => {
    expect([2_000_000, 1_900_500, 1_900_001].map((used) => retryAfterMsOf(bucket, used))).toEqual([100, 1, 1]);
  });
});

describe('in Redis', () => {
  const prefix = `test:${randomUUID()}:`;
  const key = hintKeys(prefix).rate('ann');
  let redis: Redis;
  let cache: HintCache;
  beforeAll(() => {
    redis = new Redis(process.env.FLASHSALE_REDIS_URL ?? 'redis://FLASHSALE_REDIS_URL-is-not-set');
    cache = createHintCache(redis, { prefix, observe: () => undefined, buyerRate: { perSecond: 0.1, burst: 5 } });
  });
  afterEach(async () => void (await redis.del(await redis.keys(`${prefix}*`))));
  afterAll(() => redis?.disconnect());

  let asked = 0;
  const ask = async (): Promise<AdmissionAnswer | undefined> => {
    const { reservationId, idempotencyKeyHash: keyHash, skuId, quantity } = reserveOf('sku-1', 'ann', String(asked++));
    return (await cache.admit([{ reservationId, keyHash, skuId, quantity, buyer: 'ann', isQueueTooLong: false }]))[0];
  };

  it('is kept until it is empty, and no longer', async () => {
    await ask();
    await ask();
    const lives = await redis.pttl(key);
    expect(lives).toBeGreaterThan(10_000);
    expect(lives).toBeLessThanOrEqual(20_000);
  });

  it('what a clock that was set back has left, or nobody can read, costs no more than a full bucket', async () => {
    const [seconds] = await redis.time();
    await redis.set(key, String((Number(seconds) + 3_600) * 1_000_000));
    const full = await ask();
    expect(full).toMatchObject({ kind: 'too-many', retryAfterMs: 10_000, standing: { remaining: 0, resetMs: 50_000 } });
    // And is emptied by time from then on, as ever.
    expect(Number(await redis.get(key))).toBeLessThan((Number(seconds) + 120) * 1_000_000);
    expect(await redis.pttl(key)).toBeLessThanOrEqual(50_000);
    await redis.set(key, 'nonsense');
    expect(await ask()).toMatchObject({ kind: 'admitted' });
  });

  it('refused requests write nothing', async () => {
    for (let n = 0; n < 5; n += 1) await ask();
    const before = await redis.get(key);
    expect(await ask()).toMatchObject({ kind: 'too-many' });
    expect(await redis.get(key)).toBe(before);
  });
});
