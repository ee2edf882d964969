import type { Issuer, Principal, SkuId, UserId } from './ids.js';
import { HOLDS_UNITS, type Reservation } from './reservation.js';

/**
 * Units that buyers hold of one SKU, RESERVED and CONFIRMED. A buyer is an issuer and a user; two maps, since one key made of both would be
 * made anew for every command, and kept for every buyer.
 */
export class Holdings {
  private readonly byIssuer = new Map<Issuer, Map<UserId, number>>();
  private buyers = 0;

  /** Buyers in it. */
  get size(): number {
    return this.buyers;
  }

  /** Undefined for a buyer of whom nothing is said here. */
  get({ issuer, userId }: Principal): number | undefined {
    return this.byIssuer.get(issuer)?.get(userId);
  }

  set({ issuer, userId }: Principal, units: number): void {
    let users = this.byIssuer.get(issuer);
    if (users === undefined) {
      users = new Map();
      this.byIssuer.set(issuer, users);
    }
    const before = users.size;
    users.set(userId, units);
    this.buyers += users.size - before;
  }

  /** Takes what the other says of its buyers; those who hold nothing any more are left out. */
  take(changes: Holdings): void {
    for (const [issuer, users] of changes.byIssuer) {
      for (const [userId, units] of users) {
        if (units > 0) this.set({ issuer, userId }, units);
        else if (this.byIssuer.get(issuer)?.delete(userId) === true) this.buyers -= 1;
      }
    }
  }
}

/** What each buyer holds of a SKU by these rows. Rows of other SKUs do not count. */
export function holdingsOf(skuId: SkuId, rows: Iterable<Reservation>): Holdings {
  const holdings = new Holdings();
  for (const row of rows) {
    if (HOLDS_UNITS[row.status] && row.skuId === skuId) holdings.set(row, (holdings.get(row) ?? 0) + row.quantity);
  }
  return holdings;
}
