import type { ClientBase, Pool } from 'pg';
import type { Millis, Offset } from '../domain/ids.js';
import type { Letter, LetterDesk, LetterOutbox, Redriven } from '../ports/dead-letters.js';
import { numberArray, textArray } from './array-literal.js';
import { type ObserveStatement, statement } from './statement.js';

interface PlaceRow {
  readonly topic: string;
  readonly partition: number;
  readonly log_offset: Offset;
}

interface LetterRow extends PlaceRow {
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly reason: string;
  readonly reservation_id: string | null;
}

interface RedrivenRow {
  readonly redriven_at: Millis | null;
  readonly redriven_by: string | null;
}

interface ListedRow extends PlaceRow, RedrivenRow {
  readonly reason: string;
  readonly reservation_id: string | null;
  readonly bytes: number;
  readonly stored_at: Millis;
  readonly published_at: Millis | null;
}

const UNPUBLISHED = statement<LetterRow>('letters-unpublished');
const PUBLISHED = statement('letters-published');
const LIST = statement<ListedRow>('letters-list');
const TAKE = statement<LetterRow & RedrivenRow>('letter-take');
const IS_THERE = statement<{ is_there: boolean }>('letter-is-there');
const REDRIVEN = statement('letter-redriven');

/** @param pool with the planner as it is */
export function createLetterOutbox(pool: Pool, observe: ObserveStatement): LetterOutbox {
  return {
    async unpublished(topic, partitions, limits) {
      const rows = await UNPUBLISHED(pool, [topic, numberArray(partitions), limits.letters, limits.bytes], observe);
      return rows.map(letterOf);
    },
    async published(places) {
      const topics = textArray(places.map(({ topic }) => topic));
      const partitions = numberArray(places.map(({ partition }) => partition));
      await PUBLISHED(pool, [topics, partitions, numberArray(places.map(({ offset }) => offset))], observe);
    },
  };
}

/** @param client one connection: a letter is taken by a transaction on it, so one call after the other */
export function createLetterDesk(client: ClientBase, observe: ObserveStatement = () => undefined): LetterDesk {
  return {
    async list(redrivenToo) {
      const rows = await LIST(client, [redrivenToo], observe);
      return rows.map((row) => ({
        ...placeOf(row),
        reason: row.reason,
        reservationId: row.reservation_id,
        bytes: row.bytes,
        storedAt: row.stored_at,
        publishedAt: row.published_at,
        redriven: redrivenOf(row),
      }));
    },
    async redrive({ topic, partition, offset }, by, work) {
      const key = [topic, partition, offset];
      await client.query('begin');
      try {
        const [row] = await TAKE(client, key, observe);
        const before = row === undefined ? null : redrivenOf(row);
        if (row !== undefined && before === null) {
          await work(letterOf(row));
          await REDRIVEN(client, [...key, by], observe);
        }
        await client.query('commit');
        if (row !== undefined) return before ?? 'done';
      } catch (error) {
        // Where the connection is gone there is nothing to roll back, and its own error says less.
        await client.query('rollback').catch(() => undefined);
        throw error;
      }
      const [found] = await IS_THERE(client, key, observe);
      return found?.is_there === true ? 'taken' : 'missing';
    },
  };
}

const placeOf = ({ topic, partition, log_offset }: PlaceRow) => ({ topic, partition, offset: log_offset });

const letterOf = (row: LetterRow): Letter => ({
  ...placeOf(row),
  key: row.key,
  value: row.value,
  reason: row.reason,
  reservationId: row.reservation_id,
});

const redrivenOf = ({ redriven_at: at, redriven_by: by }: RedrivenRow): Redriven | null => (at === null ? null : { at, by: by ?? '' });
