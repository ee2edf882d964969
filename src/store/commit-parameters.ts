import type { ReservationChange, SkuBatch } from '../domain/decision.js';
import type { Reservation } from '../domain/reservation.js';
import { numberArray, textArray, wordArray } from './array-literal.js';
import { operationColumns } from './operation-columns.js';

/** The 52 parameters of commit.sql for these batches, in its order. */
export function commitParameters(batches: readonly SkuBatch[]): readonly string[] {
  const ordinals = batches.map((_, ordinal) => ordinal);
  const created = batches.flatMap((batch, ordinal) => batch.created.map((reservation) => ({ ordinal, reservation })));
  if (batches.length > 1) created.sort((a, b) => (a.reservation.reservationId < b.reservation.reservationId ? -1 : 1));
  const changed = batches.flatMap((batch, ordinal) => batch.changed.map((change) => ({ ordinal, change })));
  return [
    ...batchColumns(batches, ordinals),
    ...reservationColumns(created),
    ...fateColumns(created),
    ...operationColumns(batches),
    ...changeColumns(changed),
  ];
}

function batchColumns(batches: readonly SkuBatch[], ordinals: readonly number[]): string[] {
  return [
    numberArray(ordinals),
    wordArray(batches.map((b) => b.entry.skuId)),
    numberArray(batches.map((b) => b.entry.partition)),
    numberArray(batches.map((b) => b.after.total - b.before.total)),
    numberArray(batches.map((b) => b.after.reserved - b.before.reserved)),
    numberArray(batches.map((b) => b.after.confirmed - b.before.confirmed)),
    textArray(batches.map(newSettings)),
    numberArray(batches.map((b) => b.after.version)),
    numberArray(batches.map((b) => b.entry.firstSequence)),
    numberArray(batches.map((b) => b.entry.lastSequence)),
    numberArray(batches.map((b) => b.entry.firstOffset)),
    numberArray(batches.map((b) => b.entry.lastOffset)),
    numberArray(batches.map((b) => b.now)),
    // Not an array: their quotes would have to be escaped, 3,000 in a batch. JSON never holds a bare control character.
    batches.map((b) => b.entry.decisions).join('\x1e'),
    wordArray(batches.map((b) => b.entry.previousHash)),
    wordArray(batches.map((b) => b.entry.hash)),
  ];
}

/** Null where they did not change: nearly always, and then the statement leaves eight columns as they are. */
function newSettings({ before, after }: SkuBatch): string | null {
  return before.sequence > 0 && before.settings === after.settings ? null : JSON.stringify(after.settings);
}

interface Created {
  readonly ordinal: number;
  readonly reservation: Reservation;
}

function reservationColumns(rows: readonly Created[]): string[] {
  return [
    numberArray(rows.map((row) => row.ordinal)),
    wordArray(rows.map((row) => row.reservation.reservationId)),
    wordArray(rows.map((row) => row.reservation.skuId)),
    wordArray(rows.map((row) => row.reservation.issuer)),
    wordArray(rows.map((row) => row.reservation.userId)),
    numberArray(rows.map((row) => row.reservation.quantity)),
    wordArray(rows.map((row) => row.reservation.status)),
    reasonArray(rows),
    numberArray(rows.map((row) => row.reservation.sequence)),
    numberArray(rows.map((row) => row.reservation.queuedAt)),
    numberArray(rows.map((row) => row.reservation.decideBy)),
    numberArray(rows.map((row) => row.reservation.expiresAt)),
  ];
}

/** Mostly null, or mostly one and the same: neither needs quoting. */
const reasonArray = (rows: readonly Created[]): string => `{${rows.map((row) => row.reservation.reason ?? 'null').join(',')}}`;

/** What became of new rows within their own batch: of none of them, nearly always, and then four times nothing is sent. */
function fateColumns(rows: readonly Created[]): string[] {
  if (rows.every(({ reservation }) => reservation.version === reservation.sequence)) return ['{}', '{}', '{}', '{}'];
  return [
    numberArray(rows.map((row) => row.reservation.version)),
    numberArray(rows.map((row) => row.reservation.confirmedAt)),
    textArray(rows.map((row) => row.reservation.paymentReference)),
    textArray(rows.map((row) => row.reservation.extensionId)),
  ];
}

interface Changed {
  readonly ordinal: number;
  readonly change: ReservationChange;
}

function changeColumns(rows: readonly Changed[]): string[] {
  return [
    numberArray(rows.map((row) => row.ordinal)),
    wordArray(rows.map((row) => row.change.after.reservationId)),
    numberArray(rows.map((row) => row.change.before.version)),
    numberArray(rows.map((row) => row.change.after.version)),
    wordArray(rows.map((row) => row.change.after.status)),
    numberArray(rows.map((row) => row.change.after.expiresAt)),
    numberArray(rows.map((row) => row.change.after.confirmedAt)),
    textArray(rows.map((row) => row.change.after.paymentReference)),
    textArray(rows.map((row) => row.change.after.extensionId)),
  ];
}
