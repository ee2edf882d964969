import type { ReservationId } from '../domain/ids.js';
import type { Reservation } from '../domain/reservation.js';
import type { ReservationView } from '../ports/hints.js';

/** What the door leaves before a request is in the log: nobody may be told of it. The scripts know it by these two characters. */
export const ADMITTED_MARK = '-1';

type Fields = [
  ReservationView['skuId'],
  ReservationView['issuer'],
  ReservationView['userId'],
  number,
  ReservationView['status'],
  ReservationView['reason'],
  number | null,
  number,
  number,
  number | null,
  number | null,
  number | null,
  string | null,
];

/** `version|fields`: the version in front, where a script can compare it without parsing the rest. */
export function encodeStatus(view: ReservationView | Reservation): string {
  const {
    skuId,
    issuer,
    userId,
    quantity,
    status,
    reason,
    sequence,
    queuedAt,
    decideBy,
    decidedAt,
    expiresAt,
    confirmedAt,
    paymentReference,
  } = view;
  // Written out: JSON.stringify takes three times as long, and ids, issuers, users and references can hold nothing that it would escape.
  const what = `["${skuId}","${issuer}","${userId}",${quantity},"${status}",${reason === null ? 'null' : `"${reason}"`}`;
  return `${view.version}|${what},${sequence},${queuedAt},${decideBy},${decidedAt},${expiresAt},${confirmedAt},${paymentReference === null ? 'null' : `"${paymentReference}"`}]`;
}

/** Null for the door's mark, and for anything that is no status: it counts as unknown. */
export function decodeStatus(reservationId: ReservationId, text: string | null): ReservationView | null {
  if (text === null) return null;
  const bar = text.indexOf('|');
  if (bar < 1 || text.startsWith(ADMITTED_MARK)) return null;
  const [
    skuId,
    issuer,
    userId,
    quantity,
    status,
    reason,
    sequence,
    queuedAt,
    decideBy,
    decidedAt,
    expiresAt,
    confirmedAt,
    paymentReference,
  ] = JSON.parse(text.slice(bar + 1)) as Fields;
  const version = Number(text.slice(0, bar));
  const what = { reservationId, skuId, issuer, userId, quantity, status, reason, sequence, version };
  return { ...what, queuedAt, decideBy, decidedAt, expiresAt, confirmedAt, paymentReference };
}
