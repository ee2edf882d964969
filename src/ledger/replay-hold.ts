import type { DecidedStatus } from '../domain/reservation.js';
import { type Digest, digestOf, NO_DIGEST } from './digest.js';
import { type Wrong, wrong } from './fault.js';
import type { HoldLine } from './line.js';
import type { RowChange, Sale } from './sale.js';

/** Replays a confirm, cancel, extend or expire: RESERVED -> CONFIRMED | CANCELLED | EXPIRED and nothing else. */
export function replayHold(sale: Sale, line: HoldLine): Wrong | null {
  const { holds } = sale;
  const slot = holds.find(line.reservationId);
  const expected = answerOf(sale, line, slot);
  if (expected !== line.answer) return wrong(circumstances(sale, line, slot), expected, line.answer);
  if (line.repeat) return null;
  if (slot >= 0 && isOverdue(sale, slot) && (expected === 'RESERVATION_EXPIRED' || expected === 'EXPIRED')) leave(sale, slot, 'EXPIRED');
  else if (expected === 'CONFIRMED') confirm(sale, slot, line);
  else if (expected === 'CANCELLED') leave(sale, slot, 'CANCELLED');
  else if (expected === 'EXTENDED') return extend(sale, slot, line);
  if (line.type !== 'extend') return null;
  const end = expected === 'NOT_FOUND' ? null : holds.time('expiresAt', slot);
  return line.expiresAt === end ? null : wrong('the end of the hold, which stays as it is', end, line.expiresAt);
}

function answerOf(sale: Sale, line: HoldLine, slot: number): string {
  const { holds } = sale;
  const { type } = line;
  if (slot < 0 || !(line.repeat || type === 'expire' || isBuyers(sale, line, slot))) return 'NOT_FOUND';
  const status = holds.status(slot);
  if (isDone(sale, line, slot, status)) return 'DUPLICATE';
  if (status === 'REJECTED') return 'NOT_RESERVED';
  if (status === 'EXPIRED') return 'RESERVATION_EXPIRED';
  if (isOverdue(sale, slot)) return type === 'expire' ? 'EXPIRED' : 'RESERVATION_EXPIRED';
  if (status === 'CONFIRMED') return 'ALREADY_CONFIRMED';
  if (status === 'CANCELLED') return 'ALREADY_CANCELLED';
  switch (type) {
    case 'confirm':
      return 'CONFIRMED';
    case 'cancel':
      return 'CANCELLED';
    case 'expire':
      return 'NOT_DUE';
    case 'extend': {
      if (!holds.has('extension', slot, NO_DIGEST)) return 'ALREADY_EXTENDED';
      const seconds = secondsOf(sale, line);
      return seconds < 1 || seconds > sale.settings.maxExtendSeconds ? 'EXTENSION_TOO_LONG' : 'EXTENDED';
    }
  }
}

const isBuyers = ({ holds, buyers }: Sale, { issuer, userId }: HoldLine, slot: number): boolean =>
  holds.buyer(slot) === buyers.find(issuer, userId);

/** A repeat of a confirm does not name its payment, so any will do; of an extend its own id tells. */
function isDone({ holds }: Sale, line: HoldLine, slot: number, status: DecidedStatus): boolean {
  switch (line.type) {
    case 'confirm':
      return status === 'CONFIRMED' && (line.repeat || holds.has('payment', slot, digestOf(line.paymentReference)));
    case 'cancel':
      return status === 'CANCELLED';
    case 'expire':
      return status === 'EXPIRED';
    case 'extend':
      return holds.has('extension', slot, digestOf(line.commandId));
  }
}

function isOverdue({ holds, now }: Sale, slot: number): boolean {
  const end = holds.time('expiresAt', slot);
  return holds.status(slot) === 'RESERVED' && end !== null && now >= end;
}

const secondsOf = ({ settings }: Sale, { seconds }: HoldLine): number => seconds ?? settings.maxExtendSeconds;

function circumstances({ holds, now }: Sale, { type, reservationId }: HoldLine, slot: number): string {
  if (slot < 0) return `${type} of ${reservationId}, which nobody has asked for before`;
  const end = holds.time('expiresAt', slot);
  const ends = end === null ? '' : `, whose hold ends ${end} while it is ${now}`;
  return `${type} of ${reservationId}, which is ${holds.status(slot)}${ends}`;
}

function confirm(sale: Sale, slot: number, { paymentReference }: HoldLine): void {
  sale.reserved -= sale.holds.quantity(slot);
  sale.confirmed += sale.holds.quantity(slot);
  sale.holds.setTime('confirmedAt', slot, sale.now);
  sale.holds.setDigest('payment', slot, digestOf(paymentReference));
  changeTo(sale, slot, { status: 'CONFIRMED', confirmedAt: sale.now, paymentReference });
}

/** The units go back to stock, and no longer count against the buyer. */
function leave(sale: Sale, slot: number, status: 'CANCELLED' | 'EXPIRED'): void {
  const { holds, buyers } = sale;
  sale.reserved -= holds.quantity(slot);
  buyers.add(holds.buyer(slot), -holds.quantity(slot));
  changeTo(sale, slot, { status });
}

function extend(sale: Sale, slot: number, line: HoldLine): Wrong | null {
  const end = (sale.holds.time('expiresAt', slot) ?? sale.now) + secondsOf(sale, line) * 1000;
  if (line.expiresAt !== end) return wrong('the end of the hold that is prolonged', end, line.expiresAt);
  const extension: Digest = digestOf(line.commandId);
  sale.holds.setTime('expiresAt', slot, end);
  sale.holds.setDigest('extension', slot, extension);
  changeTo(sale, slot, { expiresAt: end, extensionId: line.commandId });
  return null;
}

function changeTo({ holds, sequence, listener }: Sale, slot: number, change: Omit<RowChange, 'version'>): void {
  if (change.status !== undefined) holds.setStatus(slot, change.status);
  holds.setVersion(slot, sequence);
  listener?.changed(holds.id(slot), { version: sequence, ...change });
}
