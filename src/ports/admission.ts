import type { Principal, SkuId } from '../domain/ids.js';
import type { Refusal } from '../domain/refusal.js';
import type { RateStanding, ReservationView } from './hints.js';
import type { Appended } from './log.js';

/** A buyer's request, validated. */
export interface ReserveRequest {
  readonly principal: Principal;
  readonly idempotencyKey: string;
  readonly skuId: SkuId;
  readonly quantity: number;
  readonly correlationId: string;
}

/** `standing`: of the buyer's rate, where one is set and was asked for. */
export type Accepted = { readonly standing?: RateStanding } /** In the log for certain: a decision follows. */ & (
  | { readonly kind: 'queued'; readonly reservation: ReservationView; readonly queue: QueuePlace | null; readonly appended: Appended }
  /** A repeat of a request whose state is known. */
  | { readonly kind: 'replayed'; readonly reservation: ReservationView }
  /** Turned away at the door: nothing is stored, the key stays usable. */
  | { readonly kind: 'refused'; readonly reason: Refusal; readonly retryAfterMs: number | null }
  /** The buyer asks too often. */
  | { readonly kind: 'too-many'; readonly retryAfterMs: number }
  /** It would not be decided in time. */
  | { readonly kind: 'too-long'; readonly retryAfterMs: number }
  /** The log did not acknowledge in time. The command may be in it: only a repeat with the same key is safe. */
  | { readonly kind: 'unavailable'; readonly retryAfterMs: number }
  /** The whole sale is halted: nothing is stored, the key stays usable. */
  | { readonly kind: 'halted'; readonly retryAfterMs: number }
);

export interface QueuePlace {
  /** Records of the partition before this one that are not decided yet. */
  readonly position: number;
  readonly estimatedWaitMs: number;
}

export type Accept = (request: ReserveRequest) => Promise<Accepted>;
