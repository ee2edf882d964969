import type { Reservation } from '../domain/reservation.js';

/** Rows of a generation. Repeats come within seconds of the first request; those that come later are found by the primary key. */
const GENERATION = 8_192;

/** The rows made last: between one and two generations of them. A whole generation is let go at once, so that none is looked for. */
export class RecentRows {
  private young = new Map<string, Reservation>();
  private old = new Map<string, Reservation>();

  get(id: string): Reservation | undefined {
    return this.young.get(id) ?? this.old.get(id);
  }

  add(row: Reservation): void {
    if (this.young.size >= GENERATION) {
      this.old = this.young;
      this.young = new Map();
    }
    this.young.set(row.reservationId, row);
  }

  clear(): void {
    this.young = new Map();
    this.old = new Map();
  }
}
