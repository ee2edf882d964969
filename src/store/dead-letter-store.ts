import type { ClientBase, Pool } from 'pg';
import type { SkuId } from '../domain/ids.js';
import type { Letter, LetterDesk, LetterOutbox } from '../ports/dead-letters.js';
import type { DeadLetter } from '../ports/store.js';
import { numberArray, textArray } from './array-literal.js';
import { type ListedRow, listedOf, type PlaceRow, placeOf, type RedrivenRow, redrivenOf } from './letter-rows.js';
import { type ObserveStatement, statement } from './statement.js';

interface LetterRow extends PlaceRow {
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly reason: string;
  readonly reservation_id: string | null;
}

const UNPUBLISHED = statement<LetterRow>('letters-unpublished');
const PUBLISHED = statement('letters-published');
const LIST = statement<ListedRow>('letters-list');
const TAKE = statement<LetterRow & RedrivenRow>('letter-take');
const IS_THERE = statement<{ is_there: boolean }>('letter-is-there');
const REDRIVEN = statement('letter-redriven');
const DISMISSED = statement<RedrivenRow>('letter-dismissed');
const KEEP = statement('keep-dead-letters');
const HOLD_PLACE = statement('letter-place');
const FREE_PLACE = statement('letter-place-free');
const SET_ASIDE = statement<{ sku_id: SkuId }>('letter-set-aside');

/** @throws where the record of the letter is a command that is decided by now, or set aside by somebody else */
export async function keepDeadLetter(pool: Pool, topic: string, letter: DeadLetter, observe: ObserveStatement): Promise<void> {
  const { partition, offset, key, value, appendedAt, reason, reservationId, unapplicableTo: skuId } = letter;
  const row = [topic, partition, offset, key, value, appendedAt, reason, reservationId];
  if (skuId === undefined) {
    await KEEP(pool, row, observe);
    return;
  }
  const client = await pool.connect();
  // Not back into the pool after a failure: whether its transaction is over is not known.
  let broken = true;
  try {
    await inTransaction(client, async () => {
      await HOLD_PLACE(client, [skuId, partition], observe);
      const undecided = await SET_ASIDE(client, [...row, skuId], observe);
      if (undecided.length === 0) throw new Error(`record ${offset} of the SKU ${skuId} has been decided or set aside since it was read`);
      await FREE_PLACE(client, [skuId], observe);
    });
    broken = false;
  } finally {
    client.release(broken);
  }
}

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
    async list(settledToo) {
      const rows = await LIST(client, [settledToo], observe);
      return rows.map(listedOf);
    },
    async redrive({ topic, partition, offset }, by, work) {
      const key = [topic, partition, offset];
      const answer = await inTransaction(client, async () => {
        const [row] = await TAKE(client, key, observe);
        if (row === undefined) return null;
        const before = redrivenOf(row);
        if (before !== null) return before;
        const to = await work(letterOf(row));
        await REDRIVEN(client, [...key, by.name, to.partition, to.offset, by.principal], observe);
        return 'done';
      });
      return answer ?? (await takenOrMissing(key));
    },
    async dismiss({ topic, partition, offset }, by, reason) {
      const key = [topic, partition, offset];
      const [row] = await DISMISSED(client, [...key, by.name, by.principal, reason], observe);
      return row === undefined ? await takenOrMissing(key) : (redrivenOf(row) ?? 'done');
    },
  };

  async function takenOrMissing(key: readonly unknown[]): Promise<'taken' | 'missing'> {
    const [found] = await IS_THERE(client, key, observe);
    return found?.is_there === true ? 'taken' : 'missing';
  }
}

async function inTransaction<T>(client: ClientBase, work: () => Promise<T>): Promise<T> {
  await client.query('begin');
  try {
    const result = await work();
    await client.query('commit');
    return result;
  } catch (error) {
    // Where the connection is gone there is nothing to roll back, and its own error says less.
    await client.query('rollback').catch(() => undefined);
    throw error;
  }
}

const letterOf = (row: LetterRow): Letter => ({
  ...placeOf(row),
  key: row.key,
  value: row.value,
  reason: row.reason,
  reservationId: row.reservation_id,
});
