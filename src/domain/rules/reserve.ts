import type { LogRecord, ReserveCommand } from '../command.js';
import { UNITS_MAX } from '../limits.js';
import { RESERVE_REFUSALS, type RejectionReason, type ReserveRefusal } from '../refusal.js';
import type { Reservation } from '../reservation.js';
import { available } from '../stock.js';
import { create, type Desk, refused, reservationOf, unitsOf, type Verdict, verdict } from './desk.js';

export function reserve(desk: Desk, record: LogRecord<ReserveCommand>, sequence: number): Verdict {
  const known = reservationOf(desk, record.command.reservationId);
  if (known !== undefined && isSameRequest(known, record.command)) return verdict('DUPLICATE', known);
  const request: Request = { record, known, held: unitsOf(desk, record.command) };
  const reason = RESERVE_REFUSALS.find((candidate) => RESERVE_CHECKS[candidate](desk, request)) ?? null;
  if (reason === 'INVALID_QUANTITY') return refused(reason);
  if (reason === 'KEY_REUSED') return refused(reason, known ?? null);
  const reservation = newReservation(desk, record.command, sequence, reason);
  create(desk, reservation);
  return { outcome: reason === null ? 'RESERVED' : 'REFUSED', reason, reservation, settings: null };
}

/** All of it is in the id already, but for the quantity; compared all the same, since ids that are alike can be looked for. */
function isSameRequest(known: Reservation, { skuId, quantity, issuer, userId }: ReserveCommand): boolean {
  return known.skuId === skuId && known.quantity === quantity && known.userId === userId && known.issuer === issuer;
}

interface Request {
  readonly record: LogRecord<ReserveCommand>;
  /** The reservation that has its id already. */
  readonly known: Reservation | undefined;
  /** Units that its buyer holds of the SKU. */
  readonly held: number;
}

type Check = (desk: Desk, request: Request) => boolean;

/** When each reason applies. They are tried in the order of RESERVE_REFUSALS. The sale's window is judged by when the log took the record. */
const RESERVE_CHECKS: Readonly<Record<ReserveRefusal, Check>> = {
  KEY_REUSED: (_, { known }) => known !== undefined,
  INVALID_QUANTITY: (_, { record }) => record.command.quantity < 1 || record.command.quantity > UNITS_MAX,
  UNKNOWN_SKU: ({ stock }) => stock.settings.state === 'UNKNOWN',
  DEADLINE_EXCEEDED: ({ now }, { record }) => now > record.command.decideBy,
  SALE_NOT_OPEN: ({ stock }, { record }) => stock.settings.opensAt !== null && record.appendedAt < stock.settings.opensAt,
  SALE_CLOSED: ({ stock }, { record }) => stock.settings.closesAt !== null && record.appendedAt >= stock.settings.closesAt,
  SALE_PAUSED: ({ stock }) => stock.settings.state === 'PAUSED',
  QUANTITY_TOO_LARGE: ({ stock }, { record }) => record.command.quantity > stock.settings.maxQuantity,
  USER_LIMIT_EXCEEDED: ({ stock }, { record, held }) => held + record.command.quantity > stock.settings.perUserLimit,
  SOLD_OUT: ({ stock }, { record }) => record.command.quantity > available(stock),
};

function newReservation(desk: Desk, command: ReserveCommand, sequence: number, reason: RejectionReason | null): Reservation {
  const { reservationId, skuId, issuer, userId, quantity, timestamp, decideBy } = command;
  return {
    reservationId,
    skuId,
    issuer,
    userId,
    quantity,
    status: reason === null ? 'RESERVED' : 'REJECTED',
    reason,
    sequence,
    version: sequence,
    queuedAt: timestamp,
    decideBy,
    decidedAt: desk.now,
    expiresAt: reason === null ? desk.now + desk.stock.settings.holdSeconds * 1000 : null,
    confirmedAt: null,
    paymentReference: null,
    extensionId: null,
  };
}
