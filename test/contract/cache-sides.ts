import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import { createHintCache } from '../../src/cache/hint-cache.js';
import type { Millis } from '../../src/domain/ids.js';
import type { BuyerRate, HintCache } from '../../src/ports/hints.js';
import { CacheModel } from '../simulation/cache-model.js';
import { NO_FATES, Process } from '../simulation/process.js';
import { World } from '../simulation/world.js';
import { driven } from './driven.js';

/** The hint cache as the service sees it, whichever it is. */
export interface CacheSide {
  readonly cache: HintCache;
  /** Of another process. */
  readonly other: HintCache;
  /** Of two processes that both hold buyers to this rate. */
  rated(rate: BuyerRate | null): readonly [HintCache, HintCache];
  /** The cache's own clock. */
  now(): Promise<Millis>;
  /** Forgets everything. */
  flush(): Promise<void>;
  close(): Promise<void>;
}

export const CACHES: readonly [name: string, open: () => Promise<CacheSide>][] = [
  ['the model', openModel],
  ['Redis', openRedis],
];

async function openModel(): Promise<CacheSide> {
  const world = new World(1);
  const model = new CacheModel(world);
  const of = (name: string, rate: BuyerRate | null = null): HintCache =>
    driven(world, model.of(new Process(world, name, 0, () => NO_FATES), rate));
  return {
    cache: of('one'),
    other: of('other'),
    rated: (rate) => [of('one', rate), of('other', rate)],
    now: async () => world.now,
    flush: async () => model.flush(),
    close: async () => undefined,
  };
}

async function openRedis(): Promise<CacheSide> {
  const redis = new Redis(process.env.FLASHSALE_REDIS_URL ?? 'redis://FLASHSALE_REDIS_URL-is-not-set');
  const another = redis.duplicate();
  const options = { prefix: `test:${randomUUID()}:`, observe: () => undefined };
  const flush = async (): Promise<void> => {
    const keys = await redis.keys(`${options.prefix}*`);
    if (keys.length > 0) await redis.del(keys);
  };
  return {
    cache: createHintCache(redis, options),
    other: createHintCache(another, options),
    rated: (buyerRate) => [createHintCache(redis, { ...options, buyerRate }), createHintCache(another, { ...options, buyerRate })],
    async now() {
      const [seconds, micros] = await redis.time();
      return Number(seconds) * 1_000 + Math.floor(Number(micros) / 1_000);
    },
    flush,
    async close() {
      await flush();
      redis.disconnect();
      another.disconnect();
    },
  };
}
