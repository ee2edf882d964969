/**
 * Why a `reserve` is refused, in the order in which the reasons are tried: the first that applies is the answer.
 * The order is part of the contract (docs/architecture.md) and pinned by a test.
 */
export const RESERVE_REFUSALS = [
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

/** Why a `configure` is refused, in this order. INVALID_WINDOW: the sale would close before it opens. */
export const CONFIGURE_REFUSALS = ['NOT_FOUND', 'VERSION_CONFLICT', 'INVALID_WINDOW'] as const;

export type ReserveRefusal = (typeof RESERVE_REFUSALS)[number];
export type ConfigureRefusal = (typeof CONFIGURE_REFUSALS)[number];
export type Refusal = ReserveRefusal | ConfigureRefusal;

/** A refusal that becomes the reservation's state; `KEY_REUSED` refuses the record only and leaves the first reservation as it is. */
export type RejectionReason = Exclude<ReserveRefusal, 'KEY_REUSED'>;
