import type { Pool } from 'pg';
import type { Outcome } from '../domain/decision.js';
import type { CommandId, Offset, ReservationId, SkuId } from '../domain/ids.js';
import type { Refusal } from '../domain/refusal.js';
import type { Reservation } from '../domain/reservation.js';
import type { Stock } from '../domain/stock.js';
import type { Absence, DecidedCommand, ReaderStore } from '../ports/store.js';
import { wordArray } from './array-literal.js';
import { type ReservationRow, readReservation, readStock, type StockRow } from './rows.js';
import { databaseTime, type ObserveStatement, statement } from './statement.js';

const RESERVATIONS = statement<ReservationRow>('reservations-by-id');
const ABSENCE = statement<{ applied_through: number | null; is_dead_letter: boolean }>('absence');
const STOCKS = statement<StockRow>('load-stocks');
const DECISION_AT = statement<{ first_sequence: number; decisions: string }>('decision-at');

const OPERATION = statement<{ outcome: Outcome; reason: Refusal | null; sequence: number }>('operation');

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

  async function decisionAt(skuId: SkuId, offset: Offset): Promise<DecidedCommand | null> {
    const [entry] = await DECISION_AT(pool, [skuId, offset], observe);
    return entry === undefined ? null : findDecision(entry.decisions, entry.first_sequence, offset);
  }

  async function operation(commandId: CommandId): Promise<DecidedCommand | null> {
    const [row] = await OPERATION(pool, [commandId], observe);
    return row ?? null;
  }

  return { reservations, absence, sku, decisionAt, operation, now: () => databaseTime(pool, observe) };
}

/** The line of this offset among an entry's decisions (`encodeDecision` says what is on it). */
function findDecision(decisions: string, firstSequence: number, offset: Offset): DecidedCommand | null {
  const lines = decisions.split('\n');
  const at = lines.findIndex((line) => line.startsWith(`[${offset},`));
  if (at === -1) return null;
  const [, , , outcome, reason] = JSON.parse(lines[at] as string) as [number, string, string, Outcome, Refusal | null];
  return { outcome, reason, sequence: firstSequence + at };
}
