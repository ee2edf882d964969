/**
 * Why a `reserve` is refused, in the order in which the reasons are tried: the first that applies is the answer.
 * The order is part of the contract (docs/architecture.md) and pinned by a test.
 */
export const RESERVE_REFUSALS = [
  'INVALID_QUANTITY',
  'KEY_REUSED',
  'UNKNOWN_SKU',
  'DEADLINE_EXCEEDED',
  'SALE_NOT_OPEN',
  'SALE_CLOSED',
  'SALE_PAUSED',
  'QUANTITY_TOO_LARGE',
  'USER_LIMIT_EXCEEDED',
  'SOLD_OUT',
] as const;

/**
 * Why a confirm, cancel, extend or expire is refused, in this order. NOT_RESERVED: the request was refused, so there is nothing to keep.
 * NOT_DUE: only to `expire`, of a hold that was prolonged meanwhile.
 */
export const HOLD_REFUSALS = [
  'NOT_FOUND',
  'NOT_RESERVED',
  'RESERVATION_EXPIRED',
  'ALREADY_CONFIRMED',
  'ALREADY_CANCELLED',
  'ALREADY_EXTENDED',
  'EXTENSION_TOO_LONG',
  'NOT_DUE',
] as const;

/** Why an `adjust` is refused, in this order. BELOW_COMMITTED: fewer units than are reserved and confirmed. */
export const ADJUST_REFUSALS = ['NOT_FOUND', 'BELOW_COMMITTED', 'TOTAL_TOO_LARGE'] as const;

/** Why a `configure` is refused, in this order. INVALID_WINDOW: the sale would close before it opens. */
export const CONFIGURE_REFUSALS = ['NOT_FOUND', 'VERSION_CONFLICT', 'INVALID_WINDOW'] as const;

export type ReserveRefusal = (typeof RESERVE_REFUSALS)[number];
export type HoldRefusal = (typeof HOLD_REFUSALS)[number];
export type AdjustRefusal = (typeof ADJUST_REFUSALS)[number];
export type ConfigureRefusal = (typeof CONFIGURE_REFUSALS)[number];
export type Refusal = ReserveRefusal | HoldRefusal | AdjustRefusal | ConfigureRefusal;

/** A refusal that refuses the record only: nothing is stored of it, and a reservation that has its id stays as it is. */
export type RecordRefusal = 'KEY_REUSED' | 'INVALID_QUANTITY';
/** A refusal that becomes the reservation's state. */
export type RejectionReason = Exclude<ReserveRefusal, RecordRefusal>;
