import { jest } from '@jest/globals';
import { systemClock } from '../../src/connections/clock.js';
import type { Offset } from '../../src/domain/ids.js';
import { type FeedChunk, type FeedDependencies, PartitionFeed } from '../../src/log/partition-feed.js';
import type { RawRecord } from '../../src/ports/log.js';

export const LINGER_MS = 5;
export const recordAt = (offset: number, key = 'hot'): RawRecord => ({
  offset: offset as Offset,
  key: Buffer.from(key),
  value: null,
  appendedAt: offset,
});
export const records = (from: number, to: number): RawRecord[] => Array.from({ length: to - from }, (_, at) => recordAt(from + at));
export const offsetsOf = (chunk: FeedChunk | null): number[] | null => chunk?.records.map(({ offset }) => offset) ?? null;

export let calls: string[];
export function aFeed(position: number, over: Partial<FeedDependencies> = {}): PartitionFeed {
  calls = [];
  return new PartitionFeed(position as Offset, {
    clock: systemClock,
    lingerMs: LINGER_MS,
    seek: (offset) => calls.push(`seek ${offset}`),
    pause: () => calls.push('pause'),
    resume: () => calls.push('resume'),
    isLastApplied: null,
    logStart: async () => 0 as Offset,
    onUnusable: (reason) => calls.push(reason === 'FOREIGN_LOG' ? 'foreign' : 'lost'),
    ...over,
  });
}

export const pass = (ms: number): Promise<void> => jest.advanceTimersByTimeAsync(ms);

/** The next chunk if it is there within the linger; otherwise null. */
export async function soon(feed: PartitionFeed): Promise<number[] | null> {
  let chunk: FeedChunk | null = null;
  void feed.next().then((taken) => {
    chunk = taken;
  });
  await pass(LINGER_MS);
  return offsetsOf(chunk);
}
