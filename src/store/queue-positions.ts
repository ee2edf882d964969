import type { Pool } from 'pg';
import type { Offset } from '../domain/ids.js';
import { type ObserveStatement, statement } from './statement.js';

const NEXT_OFFSETS = statement<{ partition: number; next_offset: Offset }>('next-offsets');

/** Reads how far the writers are: by partition, the first offset that is not decided. */
export function createQueuePositions(pool: Pool, observe: ObserveStatement): () => Promise<ReadonlyMap<number, Offset>> {
  return async () => {
    const rows = await NEXT_OFFSETS(pool, [], observe);
    return new Map(rows.map(({ partition, next_offset: next }) => [partition, next]));
  };
}
