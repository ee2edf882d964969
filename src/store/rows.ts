import type { CommandId, Issuer, Millis, Offset, ReservationId, SkuId, UserId } from '../domain/ids.js';
import type { RejectionReason } from '../domain/refusal.js';
import type { DecidedStatus, Reservation } from '../domain/reservation.js';
import type { SkuState, Stock } from '../domain/stock.js';
import type { Position } from '../ports/store.js';

/** Rows as the drivers of `connections/postgres.ts` give them: bigint as number, timestamptz as epoch milliseconds. */
export interface StockRow {
  readonly now: Millis;
  readonly sku_id: SkuId;
  readonly partition: number | null;
  readonly total: number;
  readonly reserved: number;
  readonly confirmed: number;
  readonly name: string;
  readonly state: SkuState;
  readonly per_user_limit: number;
  readonly max_quantity: number;
  readonly hold_seconds: number;
  readonly max_extend_seconds: number;
  readonly opens_at: Millis | null;
  readonly closes_at: Millis | null;
  readonly version: number;
  readonly sequence: number;
  readonly watermark: number;
  readonly head_hash: string;
  readonly decided_at: Millis;
}

export interface ReservationRow {
  readonly reservation_id: ReservationId;
  readonly sku_id: SkuId;
  readonly issuer: Issuer;
  readonly user_id: UserId;
  readonly quantity: number;
  readonly status: DecidedStatus;
  readonly reason: RejectionReason | null;
  readonly sequence: number;
  readonly version: number;
  readonly queued_at: Millis;
  readonly decide_by: Millis;
  readonly decided_at: Millis;
  readonly expires_at: Millis | null;
  readonly confirmed_at: Millis | null;
  readonly payment_reference: string | null;
  readonly extension_id: CommandId | null;
}

export interface PositionRow {
  readonly partition: number;
  readonly next_offset: Offset;
  readonly fingerprint: string | null;
  readonly applied_through: Millis | null;
}

/** Null where the SKU has no row yet: the read is an outer join. */
export function readStock(row: StockRow): Stock | null {
  if (row.partition === null) return null;
  return {
    skuId: row.sku_id,
    partition: row.partition,
    total: row.total,
    reserved: row.reserved,
    confirmed: row.confirmed,
    settings: {
      name: row.name,
      state: row.state,
      perUserLimit: row.per_user_limit,
      maxQuantity: row.max_quantity,
      holdSeconds: row.hold_seconds,
      maxExtendSeconds: row.max_extend_seconds,
      opensAt: row.opens_at,
      closesAt: row.closes_at,
    },
    version: row.version,
    sequence: row.sequence,
    watermark: row.watermark,
    headHash: row.head_hash,
    decidedAt: row.decided_at,
  };
}

export function readReservation(row: ReservationRow): Reservation {
  return {
    reservationId: row.reservation_id,
    skuId: row.sku_id,
    issuer: row.issuer,
    userId: row.user_id,
    quantity: row.quantity,
    status: row.status,
    reason: row.reason,
    sequence: row.sequence,
    version: row.version,
    queuedAt: row.queued_at,
    decideBy: row.decide_by,
    decidedAt: row.decided_at,
    expiresAt: row.expires_at,
    confirmedAt: row.confirmed_at,
    paymentReference: row.payment_reference,
    extensionId: row.extension_id,
  };
}

export function readPosition(row: PositionRow): Position {
  return {
    partition: row.partition,
    nextOffset: row.next_offset,
    fingerprint: row.fingerprint,
    appliedThrough: row.applied_through,
  };
}
