/** What the service answers with; a test compares these types with its schemas. A member may be added in time. */

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

/** What any reservation may say; what its `status` makes certain, the types below say. Times are RFC 3339 in UTC. */
interface ReservationFields {
  readonly reservationId: string;
  readonly skuId: string;
  readonly userId: string;
  readonly quantity: number;
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

export interface UndecidedReservation extends ReservationFields {
  readonly status: 'QUEUED';
}

/** A request that is taken. `queue` is its place, null where that is not known. */
export interface QueuedReservation extends UndecidedReservation {
  readonly queue: { readonly position: number; readonly estimatedWaitMs: number } | null;
}

interface Decided extends ReservationFields {
  readonly sequence: number;
  readonly decidedAt: string;
}

export interface RejectedReservation extends Decided {
  readonly status: 'REJECTED';
  readonly reason: RejectionReason;
}

interface Granted extends Decided {
  readonly expiresAt: string;
}

export interface ReservedReservation extends Granted {
  readonly status: 'RESERVED';
}

export interface ConfirmedReservation extends Granted {
  readonly status: 'CONFIRMED';
  readonly confirmedAt: string;
  readonly paymentReference: string;
}

/** One whose units are on sale again. */
export interface EndedReservation extends Granted {
  readonly status: 'CANCELLED' | 'EXPIRED';
}

/** One that got its units, whatever has become of them. */
export type GrantedReservation = ReservedReservation | ConfirmedReservation | EndedReservation;
export type DecidedReservation = GrantedReservation | RejectedReservation;

/** `status` narrows it. A newer service may send a status that is not among these: keep a `default` in a switch. */
export type Reservation = UndecidedReservation | DecidedReservation;
export type ReservationStatus = Reservation['status'];

export interface Availability {
  readonly available: number;
  readonly total: number;
  readonly status: 'HALTED' | 'NOT_OPEN' | 'CLOSED' | 'PAUSED' | 'SOLD_OUT' | 'OPEN';
  readonly asOf: string;
}

const FINAL: ReadonlySet<string> = new Set<ReservationStatus>(['REJECTED', 'CONFIRMED', 'CANCELLED', 'EXPIRED']);

/** Whether nothing can become of it any more. False for a status that this version does not know. */
export function isFinal({ status }: Pick<Reservation, 'status'>): boolean {
  return FINAL.has(status);
}
