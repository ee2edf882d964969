/** What the service answers with; a test compares these types with its schemas. A member may be added in time. */

export type ReservationStatus = 'QUEUED' | 'RESERVED' | 'REJECTED' | 'CONFIRMED' | 'CANCELLED' | 'EXPIRED';

/** Why a request was refused for good. */
export type RejectionReason =
  | 'UNKNOWN_SKU'
  | 'DEADLINE_EXCEEDED'
  | 'SALE_NOT_OPEN'
  | 'SALE_CLOSED'
  | 'SALE_PAUSED'
  | 'QUANTITY_TOO_LARGE'
  | 'USER_LIMIT_EXCEEDED'
  | 'SOLD_OUT';

/** Times are RFC 3339 in UTC. */
export interface Reservation {
  readonly reservationId: string;
  readonly skuId: string;
  readonly userId: string;
  readonly quantity: number;
  readonly status: ReservationStatus;
  /** Why it is REJECTED. */
  readonly reason?: RejectionReason | undefined;
  /** Number of the decision within its SKU. */
  readonly sequence?: number | undefined;
  readonly queuedAt: string;
  readonly decideBy: string;
  readonly decidedAt?: string | undefined;
  /** End of the hold. */
  readonly expiresAt?: string | undefined;
  readonly confirmedAt?: string | undefined;
  readonly paymentReference?: string | undefined;
  /** Sequence of its last change, 0 while QUEUED. */
  readonly version: number;
}

/** A request that is taken. `queue` is its place, null where that is not known. */
export interface QueuedReservation extends Reservation {
  readonly queue: { readonly position: number; readonly estimatedWaitMs: number } | null;
}

export interface Availability {
  readonly available: number;
  readonly total: number;
  readonly status: 'HALTED' | 'NOT_OPEN' | 'CLOSED' | 'PAUSED' | 'SOLD_OUT' | 'OPEN';
  readonly asOf: string;
}

/** Whether nothing can become of it any more. */
export function isFinal({ status }: Pick<Reservation, 'status'>): boolean {
  return status !== 'QUEUED' && status !== 'RESERVED';
}
