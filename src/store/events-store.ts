import type { Pool } from 'pg';
import type { Millis, Offset, SkuId } from '../domain/ids.js';
import type { EventsStore, RelayEntry } from '../ports/events.js';
import { numberArray } from './array-literal.js';
import { type ObserveStatement, statement } from './statement.js';

interface EntryRow {
  readonly partition: number;
  readonly sku_id: SkuId;
  readonly first_sequence: number;
  readonly last_offset: Offset;
  readonly decided_at: Millis;
  readonly decisions: string;
  readonly bytes: number;
}

const WAITING = statement<{ partition: number; age: number }>('relay-waiting');
const PAGES = statement<EntryRow>('relay-pages');
const ADVANCE = statement('relay-advance');

/** The relay's reads on PostgreSQL. @param pool with the planner as it is */
export function createEventsStore(pool: Pool, observe: ObserveStatement): EventsStore {
  return {
    async waiting(partitions) {
      const rows = await WAITING(pool, [numberArray(partitions)], observe);
      return rows.map(({ partition, age }) => ({ partition, ageSeconds: age }));
    },
    async pages(partitions, limits) {
      const rows = await PAGES(pool, [numberArray(partitions), limits.entries, limits.bytes], observe);
      const byPartition = new Map<number, EntryRow[]>();
      for (const row of rows) {
        const page = byPartition.get(row.partition);
        if (page === undefined) byPartition.set(row.partition, [row]);
        else page.push(row);
      }
      return [...byPartition].map(([partition, page]) => ({
        partition,
        entries: page.map(entryOf) as [RelayEntry, ...RelayEntry[]],
        isFull: page.length >= limits.entries || page.reduce((sum, { bytes }) => sum + bytes, 0) >= limits.bytes,
      }));
    },
    async advance(cursors) {
      const columns = [cursors.map(({ partition }) => partition), cursors.map(({ through }) => through)];
      await ADVANCE(pool, columns.map(numberArray), observe);
    },
  };
}

const entryOf = (row: EntryRow): RelayEntry => ({
  skuId: row.sku_id,
  firstSequence: row.first_sequence,
  lastOffset: row.last_offset,
  decidedAt: row.decided_at,
  decisions: row.decisions,
});
