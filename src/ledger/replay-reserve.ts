import { idBelongsTo, type SkuId } from '../domain/ids.js';
import { UNITS_MAX } from '../domain/limits.js';
import { type Wrong, wrong } from './fault.js';
import type { ReserveLine } from './line.js';
import { digestOfMade } from './made.js';
import { availableIn, isStub, type Sale } from './sale.js';

/**
 * Replays a reserve, by the design's rules in their order and not by the writer's code. What the ledger does not keep cannot be checked: the
 * quantity of a repeat, and when the log took a request that the window did not refuse.
 */
export function replayReserve(sale: Sale, line: ReserveLine): Wrong | null {
  const { holds, buyers } = sale;
  const { commandId: id, issuer, userId, quantity, answer } = line;
  if (!idBelongsTo(id, sale.skuId as SkuId))
    return wrong(`the id ${id} is another SKU's`, 'an id that begins with the hash of this SKU', id);
  const known = holds.find(id);
  if (line.repeat) return known >= 0 ? null : wrong(`a repeat of ${id}, which nobody has asked for before`, 'a first decision', answer);
  const isNone = quantity < 1 || quantity > UNITS_MAX;
  if (isNone || answer === 'INVALID_QUANTITY')
    return isNone && answer === 'INVALID_QUANTITY'
      ? null
      : wrong(`a reserve of ${quantity}`, isNone ? 'INVALID_QUANTITY' : 'another answer', answer);
  const buyer = buyers.findOrAdd(issuer, userId);
  if (known >= 0) {
    const same = holds.quantity(known) === quantity && holds.buyer(known) === buyer;
    const expected = same ? 'DUPLICATE' : 'KEY_REUSED';
    return expected === answer ? null : wrong(`${id} was asked for before`, expected, answer);
  }
  const expected = refusalOf(sale, line, buyers.units(buyer)) ?? 'RESERVED';
  if (expected !== answer) return wrong(circumstances(sale, line, buyers.units(buyer)), expected, answer);
  return make(sale, line, buyer);
}

function refusalOf(sale: Sale, { quantity, decideBy, appendedAt }: ReserveLine, held: number): string | null {
  const { opensAt, closesAt, state, maxQuantity, perUserLimit } = sale.settings;
  if (isStub(sale)) return 'UNKNOWN_SKU';
  if (sale.now > decideBy) return 'DEADLINE_EXCEEDED';
  if (appendedAt !== null && opensAt !== null && appendedAt < opensAt) return 'SALE_NOT_OPEN';
  if (appendedAt !== null && closesAt !== null && appendedAt >= closesAt) return 'SALE_CLOSED';
  if (state === 'PAUSED') return 'SALE_PAUSED';
  if (quantity > maxQuantity) return 'QUANTITY_TOO_LARGE';
  if (held + quantity > perUserLimit) return 'USER_LIMIT_EXCEEDED';
  return quantity > availableIn(sale) ? 'SOLD_OUT' : null;
}

const circumstances = (sale: Sale, { quantity }: ReserveLine, held: number): string =>
  `a reserve of ${quantity} where ${availableIn(sale)} are available and the buyer holds ${held} of ${sale.settings.perUserLimit}`;

function make(sale: Sale, line: ReserveLine, buyer: number): Wrong | null {
  const { commandId: id, issuer, userId, quantity, queuedAt, decideBy, expiresAt } = line;
  const end = line.refused ? null : sale.now + sale.settings.holdSeconds * 1000;
  if (expiresAt !== end) return wrong('the end of the hold', end, expiresAt);
  const reason = line.refused ? line.answer : null;
  const status = line.refused ? 'REJECTED' : 'RESERVED';
  const made = { issuer, userId, quantity, reason, sequence: sale.sequence, queuedAt, decideBy, decidedAt: sale.now };
  sale.holds.add({ id, buyer, quantity, status, version: sale.sequence, expiresAt, made: digestOfMade(made) });
  sale.listener?.made({ ...made, reservationId: id, status, expiresAt });
  if (line.refused) return null;
  sale.buyers.add(buyer, quantity);
  sale.reserved += quantity;
  return null;
}
