import type { Pool } from 'pg';
import type { Outcome } from '../domain/decision.js';
import type { CommandId, Millis, Offset, ReservationId, SkuId } from '../domain/ids.js';
import type { Refusal } from '../domain/refusal.js';
import type { Reservation } from '../domain/reservation.js';
import type { Stock } from '../domain/stock.js';
import type { RelayEntry } from '../ports/events.js';
import type { Absence, DecidedCommand, LogPlace, Operation, ReaderStore } from '../ports/store.js';
import { numberArray, wordArray } from './array-literal.js';
import { createReservationList } from './reservation-list.js';
import { type ReservationRow, readReservation, readStock, type StockRow } from './rows.js';
import { databaseTime, type ObserveStatement, statement } from './statement.js';

const RESERVATIONS = statement<ReservationRow>('reservations-by-id');
const ABSENCE = statement<{ applied_through: number | null; is_dead_letter: boolean }>('absence');
const STOCKS = statement<StockRow>('load-stocks');
const DECISIONS_AT = statement<EntryRow>('decisions-at');
const LEDGER_PAGE = statement<LedgerRow>('ledger-page');
const OPERATION = statement<{ outcome: Outcome; reason: Refusal | null; sequence: number; asked: string }>('operation');

interface EntryRow {
  readonly sku_id: SkuId;
  readonly first_sequence: number;
  readonly decisions: string;
}

interface LedgerRow extends EntryRow {
  readonly last_offset: Offset;
  readonly decided_at: Millis;
}

/** The API's reads on PostgreSQL. */
export function createReaderStore(pool: Pool, observe: ObserveStatement): ReaderStore {
  async function reservations(ids: readonly ReservationId[]): Promise<readonly Reservation[]> {
    const rows = await RESERVATIONS(pool, [wordArray(ids)], observe);
    return rows.map(readReservation);
  }

  async function absence(id: ReservationId, partition: number): Promise<Absence> {
    const [row] = await ABSENCE(pool, [id, partition], observe);
    return { appliedThrough: row?.applied_through ?? null, isDeadLetter: row?.is_dead_letter ?? false };
  }

  async function sku(skuId: SkuId): Promise<Stock | null> {
    const [row] = await STOCKS(pool, [wordArray([skuId])], observe);
    return row === undefined ? null : readStock(row);
  }

  async function decisionsAt(places: readonly LogPlace[]): Promise<readonly (DecidedCommand | null)[]> {
    const parameters = [wordArray(places.map(({ skuId }) => skuId)), numberArray(places.map(({ offset }) => offset))];
    const found = new Map<string, LinePlace>();
    for (const entry of await DECISIONS_AT(pool, parameters, observe)) noteLines(entry, found);
    return places.map(({ skuId, offset }) => {
      const line = found.get(`${skuId} ${offset}`);
      return line === undefined ? null : readDecision(line);
    });
  }

  async function operation(commandId: CommandId): Promise<Operation | null> {
    const [row] = await OPERATION(pool, [commandId], observe);
    return row ?? null;
  }

  async function entries(skuId: SkuId, first: number, last: number): Promise<readonly RelayEntry[]> {
    const rows = await LEDGER_PAGE(pool, [skuId, first, last], observe);
    return rows.map((row) => ({
      ...{ skuId: row.sku_id, firstSequence: row.first_sequence, lastOffset: row.last_offset },
      ...{ decidedAt: row.decided_at, decisions: row.decisions },
    }));
  }

  const listReservations = createReservationList(pool, observe);
  return { listReservations, entries, reservations, absence, sku, decisionsAt, operation, now: () => databaseTime(pool, observe) };
}

interface LinePlace {
  readonly line: string;
  readonly sequence: number;
}

/** By SKU and offset: what each line of an entry begins with (`encodeDecision` says what else is on it). */
function noteLines({ sku_id: skuId, first_sequence: first, decisions }: EntryRow, found: Map<string, LinePlace>): void {
  decisions.split('\n').forEach((line, at) => {
    found.set(`${skuId} ${line.slice(1, line.indexOf(','))}`, { line, sequence: first + at });
  });
}

function readDecision({ line, sequence }: LinePlace): DecidedCommand {
  const [, , , outcome, reason] = JSON.parse(line) as [number, string, string, Outcome, Refusal | null];
  return { outcome, reason, sequence };
}
