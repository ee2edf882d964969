import type { Reservation } from '../domain/reservation.js';
import type { Clock } from '../ports/runtime.js';

/** Rows of a generation, and its age, at most: repeats come within seconds, and those that come later are found by the primary key. */
const MAX_ROWS = 4_096;
const MAX_AGE_MS = 2_000;

/**
 * The rows made last: one or two generations of them. A whole generation is let go at once, so that none is looked for. Few, since every row
 * that lives long is copied and marked by the garbage collector: 160,000 of them made it stop the writer for 50 ms.
 */
export class RecentRows {
  private young = new Map<string, Reservation>();
  private old = new Map<string, Reservation>();
  private bornAt = 0;

  constructor(private readonly clock: Pick<Clock, 'monotonic'>) {}

  get(id: string): Reservation | undefined {
    return this.young.get(id) ?? this.old.get(id);
  }

  add(rows: readonly Reservation[]): void {
    const now = this.clock.monotonic();
    if (this.young.size >= MAX_ROWS || now - this.bornAt > MAX_AGE_MS) {
      this.old = this.young;
      this.young = new Map();
      this.bornAt = now;
    }
    for (const row of rows) this.young.set(row.reservationId, row);
  }

  clear(): void {
    this.young = new Map();
    this.old = new Map();
  }
}
