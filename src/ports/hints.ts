import type { Issuer, Millis, Offset, ReservationId, SkuId, UserId } from '../domain/ids.js';
import type { Refusal } from '../domain/refusal.js';
import type { Reservation, ReservationStatus } from '../domain/reservation.js';
import type { SkuState, Stock } from '../domain/stock.js';
import type { Appended } from './log.js';

/** A reservation as a buyer may see it: QUEUED, or decided. */
export interface ReservationView {
  readonly reservationId: ReservationId;
  readonly skuId: SkuId;
  readonly issuer: Issuer;
  readonly userId: UserId;
  readonly quantity: number;
  readonly status: ReservationStatus;
  readonly reason: Refusal | null;
  readonly sequence: number | null;
  readonly version: number;
  readonly queuedAt: Millis;
  readonly decideBy: Millis;
  readonly decidedAt: Millis | null;
  readonly expiresAt: Millis | null;
  readonly confirmedAt: Millis | null;
  readonly paymentReference: string | null;
}

export interface AdmissionRequest {
  readonly reservationId: ReservationId;
  readonly keyHash: string;
  readonly skuId: SkuId;
  readonly quantity: number;
  /** Whose requests are counted together: `buyerKey`. */
  readonly buyer: string;
  /** Its decision would take too long: only what speaks for itself is answered, and nothing is let in. */
  readonly isQueueTooLong: boolean;
}

/** Requests that each buyer may make, however many processes they go to. */
export interface BuyerRate {
  readonly perSecond: number;
  /** At once, by a buyer who has not asked lately. */
  readonly burst: number;
}

/** What is left of a buyer's rate after a request. */
export interface RateStanding {
  readonly remaining: number;
  /** Until all of it is there again. */
  readonly resetMs: number;
}

/** `standing` is missing where no rate is set. */
export interface RateAnswer {
  readonly standing?: RateStanding;
  /** When the buyer may ask again; null: this may be done now. */
  readonly retryAfterMs: number | null;
}

/** `standing` is missing where no rate is set. */
export type AdmissionAnswer = { readonly standing?: RateStanding } & (
  | { readonly kind: 'admitted' }
  | { readonly kind: 'known'; readonly reservation: ReservationView }
  | { readonly kind: 'refused'; readonly reason: Refusal; readonly retryAfterMs: number | null }
  /** The buyer asks too often. */
  | { readonly kind: 'too-many'; readonly retryAfterMs: number }
  /** It would have been admitted, but the queue is too long. */
  | { readonly kind: 'too-long' }
);

/** How far a partition's writer is, as it last said. */
export interface Progress {
  readonly nextOffset: Offset;
  /** Decisions a second, lately. */
  readonly ratePerSecond: number;
  /** Age of this figure, milliseconds. */
  readonly ageMs: number;
}

export interface Queued {
  readonly view: ReservationView;
  readonly appended: Appended;
}

/** What a chunk's commits mean for those outside. */
export interface Announcement {
  readonly partition: number;
  readonly nextOffset: Offset;
  readonly ratePerSecond: number;
  readonly reservations: readonly Reservation[];
  readonly stocks: readonly Stock[];
}

/** Redis: everything in it is a hint and may be missing, late or gone. Every call may throw; none of them may block. */
export interface HintCache {
  /** One round trip for all; answers in the order of the requests. */
  admit(requests: readonly AdmissionRequest[]): Promise<readonly AdmissionAnswer[]>;
  /** Counts one request of a buyer that needs no admission. */
  spend(buyer: string): Promise<RateAnswer>;
  /** Notes acknowledged requests as QUEUED where nothing newer is known; answers each partition's progress (missing where unknown). */
  queued(entries: readonly Queued[]): Promise<ReadonlyMap<number, Progress>>;
  announce(announcement: Announcement): Promise<void>;
  /** In the order of the ids; null where nothing is known. */
  read(ids: readonly ReservationId[]): Promise<readonly (ReservationView | null)[]>;
  stock(skuId: SkuId): Promise<StockHint | null>;
}

export interface StockHint {
  readonly total: number;
  readonly available: number;
  readonly state: SkuState;
  readonly opensAt: Millis | null;
  readonly closesAt: Millis | null;
  readonly sequence: number;
  /** The moment these figures were true, by the database's clock. */
  readonly asOf: Millis;
}
