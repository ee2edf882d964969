import type { Pool } from 'pg';
import type { Millis, Offset, SkuId } from '../domain/ids.js';
import type { EventsStore } from '../ports/events.js';
import { numberArray } from './array-literal.js';
import { type ObserveStatement, statement } from './statement.js';

interface EntryRow {
  readonly sku_id: SkuId;
  readonly first_sequence: number;
  readonly last_offset: Offset;
  readonly decided_at: Millis;
  readonly decisions: string;
  readonly bytes: number;
}

const WAITING = statement<{ partition: number; age: number }>('relay-waiting');
const PAGE = statement<EntryRow>('relay-page');
const ADVANCE = statement('relay-advance');

/** The relay's reads on PostgreSQL. @param pool with the planner as it is */
export function createEventsStore(pool: Pool, observe: ObserveStatement): EventsStore {
  return {
    async waiting(partitions) {
      const rows = await WAITING(pool, [numberArray(partitions)], observe);
      return rows.map(({ partition, age }) => ({ partition, ageSeconds: age }));
    },
    async page(partition, limits) {
      const rows = await PAGE(pool, [partition, limits.entries, limits.bytes], observe);
      const entries = rows.map((row) => ({
        skuId: row.sku_id,
        firstSequence: row.first_sequence,
        lastOffset: row.last_offset,
        decidedAt: row.decided_at,
        decisions: row.decisions,
      }));
      const bytes = rows.reduce((sum, row) => sum + row.bytes, 0);
      return { entries, isFull: rows.length >= limits.entries || bytes >= limits.bytes };
    },
    async advance(partition, through) {
      await ADVANCE(pool, [partition, through], observe);
    },
  };
}
