import type { LogRecord } from './command.js';
import type { Holdings } from './holdings.js';
import type { CommandId, Millis, SkuId } from './ids.js';
import type { Refusal } from './refusal.js';
import type { Reservation } from './reservation.js';
import type { SkuSettings, Stock } from './stock.js';

export const OUTCOMES = [
  'RESERVED',
  'CONFIRMED',
  'CANCELLED',
  'EXTENDED',
  'EXPIRED',
  'CONFIGURED',
  'ADJUSTED',
  'REFUSED',
  'DUPLICATE',
] as const;
export type Outcome = (typeof OUTCOMES)[number];

/** What the writer made of one command. */
export interface Decision {
  /** Its number within the SKU: 1, 2, 3 ... without gaps, in offset order. */
  readonly sequence: number;
  readonly record: LogRecord;
  readonly outcome: Outcome;
  readonly reason: Refusal | null;
  /** The reservation as it stands after the decision; null where the command concerns none. */
  readonly reservation: Reservation | null;
  /** The SKU's settings after a `configure` that was applied; else null. */
  readonly settings: SkuSettings | null;
}

/** What is known about one SKU when its commands are decided: one consistent state, at `stock.sequence`. */
export interface SkuSnapshot {
  readonly stock: Stock;
  /** Finds, by id, every reservation that a command names. */
  readonly reservations: Pick<ReadonlyMap<string, Reservation>, 'get'>;
  /** Finds the units held for every buyer among the commands; nothing for who holds none. */
  readonly holdings: Pick<Holdings, 'get'>;
  /** Knows every operator's command among these that was decided before. */
  readonly knownCommands: Pick<ReadonlySet<CommandId>, 'has'>;
}

/**
 * One commit of one SKU. Audit trail, outbox and fence in one: `hash` covers every other field, `previousHash` among them, and the
 * SKU's row moves to it by compare-and-set.
 */
export interface LedgerEntry {
  readonly skuId: SkuId;
  readonly partition: number;
  readonly firstSequence: number;
  readonly lastSequence: number;
  readonly firstOffset: number;
  readonly lastOffset: number;
  readonly now: Millis;
  /** One line of JSON a decision, in sequence order: `encodeDecision`. Text, so that the hash is over exactly what is stored. */
  readonly decisions: string;
  readonly previousHash: string;
  readonly hash: string;
}

/** A reservation that was there before the batch, and as it is after all of it. */
export interface ReservationChange {
  readonly before: Reservation;
  readonly after: Reservation;
}

/** All decisions about one SKU out of one chunk: committed whole or not at all. */
export interface SkuBatch {
  readonly before: Stock;
  readonly after: Stock;
  /** The moment of every decision in it, by the database's clock. */
  readonly now: Millis;
  readonly decisions: readonly Decision[];
  /** Rows to insert, in id order, as they are after all of the batch. */
  readonly created: readonly Reservation[];
  /** Rows to update, in id order. */
  readonly changed: readonly ReservationChange[];
  /** What the buyers hold after it whose holdings it changes. */
  readonly holdings: Holdings;
  readonly entry: LedgerEntry;
}
