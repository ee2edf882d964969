import type { Pool } from 'pg';
import type { Millis } from '../domain/ids.js';
import type { LetterPosition, LetterShelf } from '../ports/dead-letters.js';
import { type ListedRow, listedOf, type PlaceRow } from './letter-rows.js';
import { type ObserveStatement, statement } from './statement.js';

const PAGE = statement<ListedRow>('letters-page');
const LETTER = statement<ListedRow & { key: Buffer | null; value: Buffer | null }>('letter');
const WAITING = statement<Omit<PlaceRow, 'topic'>>('letters-waiting');
const COUNT = statement<{ waiting: number; oldest_stored_at: Millis | null; now: Millis }>('letters-count');

/** Before the first of all. */
const START: readonly [number, number] = [-1, -1];
const place = (after: LetterPosition | null): readonly number[] => (after === null ? START : [after.partition, after.offset]);

/** @param pool with the planner as it is */
export function createLetterShelf(pool: Pool, topic: string, observe: ObserveStatement): LetterShelf {
  return {
    async page({ partition, state }, after, limit) {
      const rows = await PAGE(pool, [topic, partition, state, ...place(after), limit], observe);
      return rows.map(listedOf);
    },
    async find({ partition, offset }) {
      const [row] = await LETTER(pool, [topic, partition, offset], observe);
      return row === undefined ? null : { ...listedOf(row), key: row.key, value: row.value };
    },
    async waitingUntil(until, partition, after, limit) {
      const rows = await WAITING(pool, [topic, partition, until, ...place(after), limit], observe);
      return rows.map((row) => ({ partition: row.partition, offset: row.log_offset }));
    },
    async count(partition) {
      const [row] = await COUNT(pool, [topic, partition], observe);
      if (row === undefined) throw new Error('the database did not count the dead letters');
      return { waiting: row.waiting, oldestStoredAt: row.oldest_stored_at, now: row.now };
    },
  };
}
