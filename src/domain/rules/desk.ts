import type { Outcome, ReservationChange, SkuSnapshot } from '../decision.js';
import type { Holdings } from '../holdings.js';
import type { CommandId, Millis, Principal } from '../ids.js';
import type { Refusal } from '../refusal.js';
import { HOLDS_UNITS, type Reservation } from '../reservation.js';
import type { SkuSettings, Stock } from '../stock.js';

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };

/** What one command does, before it is numbered. */
export interface Verdict {
  readonly outcome: Outcome;
  readonly reason: Refusal | null;
  readonly reservation: Reservation | null;
  readonly settings: SkuSettings | null;
}

export const verdict = (outcome: Outcome, reservation: Reservation | null = null, settings: SkuSettings | null = null): Verdict => ({
  outcome,
  reason: null,
  reservation,
  settings,
});

export const refused = (reason: Refusal, reservation: Reservation | null = null): Verdict => ({
  outcome: 'REFUSED',
  reason,
  reservation,
  settings: null,
});

/** The state while a batch is decided: each command sees what those before it did, laid over what was known. */
export interface Desk {
  readonly known: SkuSnapshot;
  /** A copy, changed in place: a new one for each command would be a third of what deciding costs. */
  stock: Mutable<Stock>;
  readonly now: Millis;
  readonly created: Map<string, Reservation>;
  readonly changed: Map<string, ReservationChange>;
  readonly holdings: Holdings;
  readonly commands: Set<CommandId>;
}

export const reservationOf = ({ created, changed, known }: Desk, id: string): Reservation | undefined =>
  created.get(id) ?? changed.get(id)?.after ?? known.reservations.get(id);

export const unitsOf = ({ holdings, known }: Desk, buyer: Principal): number => holdings.get(buyer) ?? known.holdings.get(buyer) ?? 0;

/** Puts a new reservation on the desk, with the units that it holds. */
export function create(desk: Desk, row: Reservation): void {
  desk.created.set(row.reservationId, row);
  if (!HOLDS_UNITS[row.status]) return;
  desk.holdings.set(row, unitsOf(desk, row) + row.quantity);
  desk.stock.reserved += row.quantity;
}

/** Replaces a reservation by its next state, one row for all that a batch does to it; units go where the status says. */
export function change(desk: Desk, before: Reservation, after: Reservation): void {
  const { reservationId: id, quantity } = after;
  if (desk.created.has(id)) desk.created.set(id, after);
  else desk.changed.set(id, { before: desk.changed.get(id)?.before ?? before, after });
  if (before.status === 'RESERVED' && after.status !== 'RESERVED') desk.stock.reserved -= quantity;
  if (before.status !== 'CONFIRMED' && after.status === 'CONFIRMED') desk.stock.confirmed += quantity;
  if (HOLDS_UNITS[before.status] && !HOLDS_UNITS[after.status]) desk.holdings.set(after, unitsOf(desk, after) - quantity);
}
