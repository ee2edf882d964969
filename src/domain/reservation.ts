import type { Issuer, Millis, ReservationId, SkuId, UserId } from './ids.js';
import type { RejectionReason } from './refusal.js';

/** QUEUED is told to the buyer and never stored: a row exists once there is a decision. */
export const RESERVATION_STATUSES = ['QUEUED', 'RESERVED', 'REJECTED', 'CONFIRMED', 'CANCELLED', 'EXPIRED'] as const;
export type ReservationStatus = (typeof RESERVATION_STATUSES)[number];
export type DecidedStatus = Exclude<ReservationStatus, 'QUEUED'>;

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
  readonly expiresAt: Millis | null;
}

/** Whether a reservation holds units that count against the SKU's stock and the buyer's limit. */
export const HOLDS_UNITS: Readonly<Record<DecidedStatus, boolean>> = {
  RESERVED: true,
  CONFIRMED: true,
  REJECTED: false,
  CANCELLED: false,
  EXPIRED: false,
};
