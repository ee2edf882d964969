import type { Millis, ReservationId, SkuId } from '../domain/ids.js';

/** A hold that is over and not decided to be. */
export interface OverdueHold {
  readonly reservationId: ReservationId;
  readonly skuId: SkuId;
  readonly expiresAt: Millis;
}

/** Where a page of overdue holds ends; the next one begins behind it. */
export interface OverdueCursor {
  readonly expiresAt: Millis;
  readonly reservationId: string;
}

export interface OverduePage {
  /** The database's clock at the read. */
  readonly now: Millis;
  /** Oldest first. */
  readonly holds: readonly OverdueHold[];
}

/** The sweep's side of the database. */
export interface ExpiryStore {
  overdue(after: OverdueCursor, limit: number): Promise<OverduePage>;
  /** Up to where each of these partitions was swept, by the database's clock; missing where it never was. */
  swept(partitions: readonly number[]): Promise<ReadonlyMap<number, Millis>>;
  /** Only moves forward. */
  advanceSwept(partitions: readonly number[], through: Millis): Promise<void>;
}
