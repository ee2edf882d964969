import { type Finding, wrong } from './fault.js';
import type { ReservationRow } from './read.js';
import type { MadeRow, RowChange, RowListener } from './sale.js';

/** Follows one reservation through a replay, and keeps of it what the replay itself keeps as digests. */
export class OneRow implements RowListener {
  row: ReservationRow | null = null;

  constructor(private readonly id: string) {}

  made(row: MadeRow): void {
    if (row.reservationId === this.id) this.row = rowAsMade(row);
  }

  changed(id: string, change: RowChange): void {
    if (id === this.id && this.row !== null) this.row = { ...this.row, ...changedColumns(change) };
  }
}

export const rowAsMade = (row: MadeRow): ReservationRow => ({
  reservation_id: row.reservationId,
  issuer: row.issuer,
  user_id: row.userId,
  quantity: row.quantity,
  status: row.status,
  reason: row.reason,
  sequence: row.sequence,
  version: row.sequence,
  queued_at: row.queuedAt,
  decide_by: row.decideBy,
  decided_at: row.decidedAt,
  expires_at: row.expiresAt,
  confirmed_at: null,
  payment_reference: null,
  extension_id: null,
});

/** A change under the names of its columns. */
export const changedColumns = ({ version, status, expiresAt, confirmedAt, paymentReference, extensionId }: RowChange) => ({
  version,
  ...(status !== undefined && { status }),
  ...(expiresAt !== undefined && { expires_at: expiresAt }),
  ...(confirmedAt !== undefined && { confirmed_at: confirmedAt }),
  ...(paymentReference !== undefined && { payment_reference: paymentReference }),
  ...(extensionId !== undefined && { extension_id: extensionId }),
});

/** Says what is wrong with a row: `expected` by the ledger, `found` in the table, null for none. */
export function rowFinding(skuId: string, id: string, expected: ReservationRow | null, found: ReservationRow | null): Finding {
  const place = { skuId, table: 'reservations', sequence: expected?.sequence ?? null, offset: null, reservationId: id } as const;
  if (expected === null) return { ...place, ...wrong('no decision of the ledger made it', 'no row', 'a row') };
  if (found === null) return { ...place, ...wrong('its row', `a row, ${expected.status}`, 'none') };
  const column = (Object.keys(expected) as (keyof ReservationRow)[]).find((name) => expected[name] !== found[name]);
  if (column === undefined) return { ...place, ...wrong('its row', 'as the ledger says', 'another digest') };
  return { ...place, ...wrong(column, expected[column], found[column]) };
}
