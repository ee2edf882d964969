import type { Millis } from '../domain/ids.js';
import type { Clock } from '../ports/runtime.js';

/** Older readings are not carried on: the database may have been set, or replaced. */
const MAX_AGE_MS = 1_000;

/**
 * The database's clock between two readings, carried on by this process's monotonic one. Never ahead of the database: a reading is taken as
 * of when it arrived, so it is late by the way back, and no deadline is missed for a buyer that the database would have met.
 */
export class DatabaseClock {
  private reading: { readonly now: Millis; readonly at: number } | null = null;

  constructor(private readonly clock: Pick<Clock, 'monotonic'>) {}

  /** Notes what the database has just said, and passes it on. */
  heard(now: Millis): Millis {
    this.reading = { now, at: this.clock.monotonic() };
    return now;
  }

  /** Whole milliseconds; null where nothing was heard for a second. */
  now(): Millis | null {
    if (this.reading === null) return null;
    const age = this.clock.monotonic() - this.reading.at;
    return age > MAX_AGE_MS ? null : this.reading.now + Math.floor(age);
  }
}
