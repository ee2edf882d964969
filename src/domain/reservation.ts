import type { CommandId, Issuer, Millis, ReservationId, SkuId, UserId } from './ids.js';
import type { RejectionReason } from './refusal.js';

/** QUEUED is told to the buyer and never stored: a row exists once there is a decision. */
export const RESERVATION_STATUSES = ['QUEUED', 'RESERVED', 'REJECTED', 'CONFIRMED', 'CANCELLED', 'EXPIRED'] as const;
export type ReservationStatus = (typeof RESERVATION_STATUSES)[number];
export type DecidedStatus = Exclude<ReservationStatus, 'QUEUED'>;
export const DECIDED_STATUSES = RESERVATION_STATUSES.filter((status): status is DecidedStatus => status !== 'QUEUED');

/** One buyer's claim on `quantity` units of one SKU, decided. Times are epoch milliseconds. */
export interface Reservation {
  readonly reservationId: ReservationId;
  readonly skuId: SkuId;
  readonly issuer: Issuer;
  readonly userId: UserId;
  /** Units asked for. All of the body that the id does not already cover, so it is also the fingerprint a repeat is compared by. */
  readonly quantity: number;
  readonly status: DecidedStatus;
  readonly reason: RejectionReason | null;
  /** Number of the decision that made it, within its SKU. */
  readonly sequence: number;
  /** Sequence of its last change. */
  readonly version: number;
  /** When the API took it, by the API's clock. */
  readonly queuedAt: Millis;
  readonly decideBy: Millis;
  /** By the database's clock, as `expiresAt`. */
  readonly decidedAt: Millis;
  /** End of the hold; null for a request that was refused. */
  readonly expiresAt: Millis | null;
  readonly confirmedAt: Millis | null;
  readonly paymentReference: string | null;
  /** Of the `extend` that prolonged it: one is all it gets. */
  readonly extensionId: CommandId | null;
}

/** Whether a reservation holds units that count against the SKU's stock and the buyer's limit. */
export const HOLDS_UNITS: Readonly<Record<DecidedStatus, boolean>> = {
  RESERVED: true,
  CONFIRMED: true,
  REJECTED: false,
  CANCELLED: false,
  EXPIRED: false,
};

/** Whether nothing can become of it any more. */
export const IS_FINAL: Readonly<Record<ReservationStatus, boolean>> = {
  QUEUED: false,
  RESERVED: false,
  CONFIRMED: true,
  REJECTED: true,
  CANCELLED: true,
  EXPIRED: true,
};
