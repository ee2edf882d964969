import type { Pool } from 'pg';
import type { SkuBatch } from '../domain/decision.js';
import { Holdings } from '../domain/holdings.js';
import {
  type CommandId,
  type Issuer,
  idsOfSameBuyer,
  idsOfSku,
  type Offset,
  type ReservationId,
  type SkuId,
  type UserId,
} from '../domain/ids.js';
import type { DeadLetter, HeldUnits, Loaded, LoadRequest, Position, WriterStore } from '../ports/store.js';
import { numberArray, textArray, wordArray } from './array-literal.js';
import { commitParameters } from './commit-parameters.js';
import { keepDeadLetter } from './dead-letter-store.js';
import { createPipeline } from './pipeline.js';
import { readPositions } from './read-positions.js';
import { type ReservationRow, readReservation, readStock, type StockRow } from './rows.js';
import { databaseTime, type ObserveStatement, statement } from './statement.js';

const LOAD_STOCKS = statement<StockRow>('load-stocks');
const LOAD_RESERVATIONS = statement<ReservationRow>('load-reservations');
const LOAD_COMMANDS = statement<{ command_id: CommandId }>('load-commands');
const HOLDINGS = statement<HoldingRow>('holdings');
const COMMIT = statement<{ sku_id: SkuId }>('commit');
const DEAD_OFFSETS = statement<{ log_offset: Offset }>('dead-offsets');
const ADVANCE = statement('advance');

/** Without a buyer where nobody holds any. */
type HoldingRow = { readonly head_hash: string } & (
  | { readonly issuer: Issuer; readonly user_id: UserId; readonly units: number }
  | { readonly issuer: null; readonly user_id: null; readonly units: null }
);

export interface WriterPools {
  /** Reads of the hot path; hot planner settings. */
  readonly load: Pool;
  /** One connection only: statements follow each other on it, so a SKU's second batch finds its first one committed. Hot settings. */
  readonly commit: Pool;
  /** Everything else, with the planner as it is. */
  readonly plain: Pool;
}

/** The writer's store on PostgreSQL. */
export function createWriterStore(pools: WriterPools, topic: string, observe: ObserveStatement): WriterStore {
  const commits = createPipeline(pools.commit);

  async function load({ skuIds, reservationIds, buyersOf, commandIds }: LoadRequest): Promise<Loaded> {
    // One connection, pipelined, stock first: a commit between the reads then shows as a lost compare-and-set, and never as units that
    // are counted twice or not at all.
    const connection = await pools.load.connect();
    try {
      const [stockRows, reservationRows, commandRows] = await Promise.all([
        LOAD_STOCKS(connection, [wordArray(skuIds)], observe),
        LOAD_RESERVATIONS(connection, [wordArray(reservationIds), ...buyerRanges(buyersOf)], observe),
        commandIds.length === 0 ? [] : LOAD_COMMANDS(connection, [wordArray(commandIds)], observe),
      ]);
      const [first] = stockRows;
      if (first === undefined) throw new Error('nothing was asked of the stock, so the database did not tell the time');
      connection.release();
      return {
        now: first.now,
        stocks: new Map(stockRows.flatMap((row) => readStock(row) ?? []).map((stock) => [stock.skuId, stock])),
        reservations: reservationRows.map(readReservation),
        knownCommands: new Set(commandRows.map((row) => row.command_id)),
      };
    } catch (error) {
      // Not back into the pool: a connection whose prepared statement no longer fits its table would fail every time from now on.
      connection.release(true);
      throw error;
    }
  }

  async function holdings(skuId: SkuId): Promise<HeldUnits | null> {
    const { first, last } = idsOfSku(skuId);
    const rows = await HOLDINGS(pools.plain, [skuId, first, last], observe);
    const [head] = rows;
    if (head === undefined) return null;
    const units = new Holdings();
    for (const row of rows) if (row.issuer !== null) units.set({ issuer: row.issuer, userId: row.user_id }, row.units);
    return { headHash: head.head_hash, units };
  }

  async function commit(batches: readonly SkuBatch[]): Promise<ReadonlySet<SkuId>> {
    const ordered = [...batches].sort(byLockOrder);
    const rows = await commits((connection) => COMMIT(connection, commitParameters(ordered), observe));
    return new Set(rows.map((row) => row.sku_id));
  }

  async function keepDeadLetters(letters: readonly DeadLetter[]): Promise<void> {
    for (const letter of letters) await keepDeadLetter(pools.plain, topic, letter, observe);
  }

  async function deadOffsets(partition: number, from: Offset): Promise<readonly Offset[]> {
    const rows = await DEAD_OFFSETS(pools.plain, [topic, partition, from], observe);
    return rows.map((row) => row.log_offset);
  }

  async function advance(moved: readonly Position[]): Promise<void> {
    const columns = [
      numberArray(moved.map((position) => position.partition)),
      numberArray(moved.map((position) => position.nextOffset)),
      textArray(moved.map((position) => position.fingerprint)),
      numberArray(moved.map((position) => position.appliedThrough)),
    ];
    await ADVANCE(pools.plain, columns, observe);
  }

  const positions = (partitions: readonly number[]) => readPositions(pools.plain, partitions, observe);

  return { load, holdings, commit, keepDeadLetters, deadOffsets, positions, advance, now: () => databaseTime(pools.plain, observe) };
}

/** The statement locks its SKUs one after the other, and two owners at once must not wait for each other crosswise. */
const byLockOrder = (a: SkuBatch, b: SkuBatch): number => (a.entry.skuId < b.entry.skuId ? -1 : 1);

function buyerRanges(ids: readonly ReservationId[]): readonly [string, string] {
  const ranges = new Map(ids.map(idsOfSameBuyer).map(({ first, last }) => [first, last]));
  return [wordArray([...ranges.keys()]), wordArray([...ranges.values()])];
}
