import type { Command } from '../domain/command.js';
import type { Outcome } from '../domain/decision.js';
import type { Refusal } from '../domain/refusal.js';
import type { ReservationView } from './hints.js';
import type { Appended } from './log.js';

/** What became of a command, as far as its sender can tell. */
export type CommandAnswer =
  | { readonly kind: 'decided'; readonly outcome: Outcome; readonly reason: Refusal | null }
  /** In the log for certain, not decided yet. */
  | { readonly kind: 'pending'; readonly appended: Appended }
  /** The log did not acknowledge in time. The command may be in it and be decided all the same. */
  | { readonly kind: 'unavailable'; readonly retryAfterMs: number };

/** Puts a command into the log and waits for its decision, so many milliseconds at most, and no longer than the signal lets it. */
export type Submit = (command: Command, waitMs: number, signal: AbortSignal) => Promise<CommandAnswer>;

/** What a buyer asks for a reservation that was made. */
export type HoldChange =
  | { readonly type: 'confirm'; readonly paymentReference: string }
  | { readonly type: 'cancel' }
  /** `seconds` null: as much as the SKU allows. With a key the same request again is a repeat; without one it is another extension. */
  | { readonly type: 'extend'; readonly seconds: number | null; readonly idempotencyKey: string | null };

export interface HoldRequest {
  /** As it was last seen; only what never changes of it is used. */
  readonly reservation: ReservationView;
  readonly change: HoldChange;
  readonly waitMs: number;
  readonly correlationId: string;
}

export type HoldAnswer =
  | { readonly kind: 'applied'; readonly replayed: boolean; readonly reservation: ReservationView }
  /** With the reservation as it stands; null where there is none. */
  | { readonly kind: 'refused'; readonly reason: Refusal; readonly reservation: ReservationView | null }
  /** In the log for certain, not decided yet. */
  | { readonly kind: 'pending' }
  | { readonly kind: 'unavailable'; readonly retryAfterMs: number };
