import type { Redis } from 'ioredis';
import type { Offset } from '../domain/ids.js';
import type { Progress } from '../ports/hints.js';
import { hintKeys } from './keys.js';

/** How far each of the partitions' writers was when it last said so; one that has said nothing is missing. One round trip. */
export async function readProgress(redis: Redis, prefix: string, partitions: readonly number[]): Promise<ReadonlyMap<number, Progress>> {
  const keys = hintKeys(prefix);
  const asked = redis.pipeline().time();
  for (const partition of partitions) asked.hmget(keys.progress(partition), 'next', 'rate', 'at');
  const [time, ...answers] = ((await asked.exec()) ?? []).map(([error, value]) => {
    if (error !== null) throw error;
    return value as (string | null)[];
  });
  const now = Number(time?.[0]) * 1_000 + Number(time?.[1]) / 1_000;
  return new Map(
    answers.flatMap(([next, rate, at], index): [number, Progress][] => {
      if (next == null) return [];
      const ageMs = Math.max(0, now - Number(at));
      return [[partitions[index] as number, { nextOffset: Number(next) as Offset, ratePerSecond: Number(rate), ageMs }]];
    }),
  );
}
