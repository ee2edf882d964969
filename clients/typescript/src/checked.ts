import type { Availability, Reservation } from './answers.js';
import { UnexpectedAnswerError } from './errors.js';

/** An answer that came with success, and whatever its body was. */
export interface Answered {
  readonly status: number;
  readonly headers: Headers;
  readonly body: unknown;
}

/** That the answer is none of this service's, and why. */
export function unexpected({ status, headers }: Omit<Answered, 'body'>, fault: string): UnexpectedAnswerError {
  return new UnexpectedAnswerError(status, headers.get('Content-Type'), null, fault);
}

/**
 * The reservation in an answer. Of its members, those are looked at that this client goes by; a status may be one that only a newer service
 * knows.
 * @param asked the id that was asked for; undefined where only the answer can say it
 * @throws UnexpectedAnswerError when there is none, or another one
 */
export function reservationIn(answered: Answered, asked?: string): Reservation {
  const { body } = answered;
  if (!isReservation(body)) throw unexpected(answered, 'no reservation');
  // The service takes an id in capital letters too, and answers it in small ones.
  if (asked !== undefined && body.reservationId.toLowerCase() !== asked.toLowerCase())
    throw unexpected(answered, 'another reservation than was asked for');
  return body;
}

/** @throws UnexpectedAnswerError */
export function reservationsIn(answered: Answered): readonly Reservation[] {
  const { reservations } = membersOf(answered.body);
  if (!Array.isArray(reservations) || !reservations.every(isReservation)) throw unexpected(answered, 'no page of reservations');
  return reservations;
}

/** @throws UnexpectedAnswerError */
export function availabilityIn(answered: Answered): Availability {
  const { available, total, status } = membersOf(answered.body);
  if (typeof available !== 'number' || typeof total !== 'number' || !isName(status)) throw unexpected(answered, 'no availability');
  return answered.body as Availability;
}

function isReservation(body: unknown): body is Reservation {
  const { reservationId, status, reason } = membersOf(body);
  return isName(reservationId) && isName(status) && (status !== 'REJECTED' || isName(reason));
}

const isName = (value: unknown): value is string => typeof value === 'string' && value !== '';

const membersOf = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
