import type { HoldCommand } from '../command.js';
import type { Outcome } from '../decision.js';
import type { Millis } from '../ids.js';
import { HOLD_REFUSALS, type HoldRefusal } from '../refusal.js';
import type { Reservation } from '../reservation.js';
import { change, type Desk, refused, reservationOf, type Verdict, verdict } from './desk.js';

/**
 * Decides a confirm, cancel, extend or expire. A hold that is overdue ends here, whatever was asked of it: a confirm that comes too late is
 * refused also where the sweep has not come yet.
 */
export function decideHold(desk: Desk, command: HoldCommand, sequence: number): Verdict {
  const known = reservationOf(desk, command.reservationId);
  if (known === undefined || !concerns(command, known)) return refused('NOT_FOUND');
  if (isRepeat(command, known)) return verdict('DUPLICATE', known);
  const row = isOverdue(known, desk.now) ? expired(desk, known, sequence) : known;
  if (command.type === 'expire' && row !== known) return verdict('EXPIRED', row);
  const reason = HOLD_REFUSALS.find((candidate) => HOLD_CHECKS[candidate](row, command, desk));
  if (reason !== undefined) return refused(reason, row);
  const after = next(row, command, desk, sequence);
  change(desk, row, after);
  return verdict(OUTCOME_OF[command.type], after);
}

/** A reservation of another SKU or another buyer is none. Nobody but the owner of the partition sends an `expire`. */
function concerns({ type, skuId, issuer, userId }: HoldCommand, row: Reservation): boolean {
  return row.skuId === skuId && (type === 'expire' || (row.issuer === issuer && row.userId === userId));
}

/** What was asked for is done already. */
function isRepeat(command: HoldCommand, { status, paymentReference, extensionId }: Reservation): boolean {
  switch (command.type) {
    case 'confirm':
      return status === 'CONFIRMED' && paymentReference === command.paymentReference;
    case 'cancel':
      return status === 'CANCELLED';
    case 'extend':
      return extensionId === command.commandId;
    case 'expire':
      return status === 'EXPIRED';
  }
}

/** At its end a hold is over. */
const isOverdue = ({ status, expiresAt }: Reservation, now: Millis): boolean =>
  status === 'RESERVED' && expiresAt !== null && now >= expiresAt;

function expired(desk: Desk, row: Reservation, sequence: number): Reservation {
  const after: Reservation = { ...row, status: 'EXPIRED', version: sequence };
  change(desk, row, after);
  return after;
}

type Check = (row: Reservation, command: HoldCommand, desk: Desk) => boolean;

/** When each reason applies to a reservation that is there. They are tried in the order of HOLD_REFUSALS. */
const HOLD_CHECKS: Readonly<Record<HoldRefusal, Check>> = {
  NOT_FOUND: () => false,
  NOT_RESERVED: ({ status }) => status === 'REJECTED',
  RESERVATION_EXPIRED: ({ status }) => status === 'EXPIRED',
  ALREADY_CONFIRMED: ({ status }) => status === 'CONFIRMED',
  ALREADY_CANCELLED: ({ status }) => status === 'CANCELLED',
  ALREADY_EXTENDED: ({ extensionId }, { type }) => type === 'extend' && extensionId !== null,
  EXTENSION_TOO_LONG: (_, command, desk) => command.type === 'extend' && !isExtension(secondsOf(command, desk), desk),
  NOT_DUE: (_, { type }) => type === 'expire',
};

const secondsOf = ({ seconds }: HoldCommand & { readonly type: 'extend' }, { stock }: Desk): number =>
  seconds ?? stock.settings.maxExtendSeconds;
const isExtension = (seconds: number, { stock }: Desk): boolean => seconds >= 1 && seconds <= stock.settings.maxExtendSeconds;

const OUTCOME_OF: Readonly<Record<HoldCommand['type'], Outcome>> = {
  confirm: 'CONFIRMED',
  cancel: 'CANCELLED',
  extend: 'EXTENDED',
  expire: 'EXPIRED',
};

function next(row: Reservation, command: HoldCommand, desk: Desk, version: number): Reservation {
  switch (command.type) {
    case 'confirm':
      return { ...row, status: 'CONFIRMED', version, confirmedAt: desk.now, paymentReference: command.paymentReference };
    case 'cancel':
      return { ...row, status: 'CANCELLED', version };
    case 'extend':
      return { ...row, version, expiresAt: (row.expiresAt ?? desk.now) + secondsOf(command, desk) * 1000, extensionId: command.commandId };
    case 'expire':
      throw new Error(`the hold ${row.reservationId} is neither overdue nor refused`);
  }
}
