import { digestOrNone } from './digest.js';
import type { Holds } from './holds.js';
import { digestOfMade } from './made.js';
import type { ReservationRow } from './read.js';

/** Of the rows of a SKU, as they are held against its replay. */
export class RowComparison {
  /** Slot of the earliest reservation whose row is not as it should be; Infinity while there is none. */
  private firstWrong = Number.POSITIVE_INFINITY;
  private seen = 0;
  /** The first row, by id, that no decision made. */
  private extra: string | null = null;

  constructor(private readonly holds: Holds) {}

  take(row: ReservationRow): void {
    const slot = this.holds.find(row.reservation_id);
    if (slot < 0) {
      this.extra ??= row.reservation_id;
      return;
    }
    this.holds.see(slot);
    this.seen += 1;
    if (slot < this.firstWrong && !isAsReplayed(this.holds, slot, row)) this.firstWrong = slot;
  }

  /** The reservation that is wrong, the earliest in the ledger first and those that it does not know last; null where all is well. */
  wrongId(): string | null {
    const missing = this.seen < this.holds.size ? this.holds.firstUnseen() : Number.POSITIVE_INFINITY;
    const slot = Math.min(this.firstWrong, missing);
    return slot < Number.POSITIVE_INFINITY ? this.holds.id(slot) : this.extra;
  }
}

/** All columns: those that never change and the two texts by their digests. */
function isAsReplayed(holds: Holds, slot: number, row: ReservationRow): boolean {
  return (
    holds.status(slot) === row.status &&
    holds.version(slot) === row.version &&
    holds.time('expiresAt', slot) === row.expires_at &&
    holds.time('confirmedAt', slot) === row.confirmed_at &&
    holds.has('payment', slot, digestOrNone(row.payment_reference)) &&
    holds.has('extension', slot, digestOrNone(row.extension_id)) &&
    holds.has('made', slot, madeDigest(row))
  );
}

const madeDigest = (row: ReservationRow) =>
  digestOfMade({
    issuer: row.issuer,
    userId: row.user_id,
    quantity: row.quantity,
    reason: row.reason,
    sequence: row.sequence,
    queuedAt: row.queued_at,
    decideBy: row.decide_by,
    decidedAt: row.decided_at,
  });
