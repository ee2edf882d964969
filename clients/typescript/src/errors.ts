import type { Reservation, ReservationStatus } from './answers.js';
import type { ProblemCode } from './problem-codes.js';

/** Anything that this client throws itself, but for an abort: that throws the reason of the signal, as fetch does. */
export abstract class FlashsaleError extends Error {
  abstract readonly kind: 'problem' | 'connection' | 'deadline' | 'token' | 'unexpected';
  /** Of the request that failed: the same request under the same key tells what became of it, and never counts twice. */
  idempotencyKey?: string;
}

/** An answer that is not success, as the service sends it (RFC 9457). */
export interface ProblemDocument {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly instance?: string;
  readonly code: string;
  readonly requestId?: string;
  readonly reservationId?: string;
  readonly reservationStatus?: 'REJECTED';
  readonly currentStatus?: ReservationStatus;
}

/** The service refused. Programs go by `code`; `isProblem` narrows it. */
export class ProblemError<Code extends string = ProblemCode> extends FlashsaleError {
  override readonly name = 'ProblemError';
  readonly kind = 'problem';
  readonly code: Code;
  readonly status: number;
  readonly title: string;
  readonly detail: string;
  readonly type: string;
  readonly instance: string | undefined;
  readonly requestId: string | undefined;
  /** The reservation that this is about. */
  readonly reservationId: string | undefined;
  /** REJECTED: refused for good, and so is every repeat under the same key. */
  readonly reservationStatus: 'REJECTED' | undefined;
  /** What the reservation is, where a change of it was refused. */
  readonly currentStatus: ReservationStatus | undefined;

  constructor(
    document: ProblemDocument & { readonly code: Code },
    /** Milliseconds after which the service may be asked again; null where it does not say. */
    readonly retryAfterMs: number | null,
  ) {
    super(`${document.code}: ${document.detail}`);
    this.code = document.code;
    this.status = document.status;
    this.title = document.title;
    this.detail = document.detail;
    this.type = document.type;
    this.instance = document.instance;
    this.requestId = document.requestId;
    this.reservationId = document.reservationId;
    this.reservationStatus = document.reservationStatus;
    this.currentStatus = document.currentStatus;
  }
}

/** No answer came, or only a part of one: the request may have been taken all the same. */
export class ConnectionError extends FlashsaleError {
  override readonly name = 'ConnectionError';
  readonly kind = 'connection';
}

/** The function that makes tokens failed: `cause` is what it threw. It is not called again, since only it knows whether that is of use. */
export class TokenError extends FlashsaleError {
  override readonly name = 'TokenError';
  readonly kind = 'token';
}

/** The time that the caller gave is over. */
export class DeadlineError extends FlashsaleError {
  override readonly name = 'DeadlineError';
  readonly kind = 'deadline';
  /** As last known: it may still be decided either way. Null where no answer came at all. */
  reservation: Reservation | null = null;
}

/** An answer that is none of this service's: that of a proxy, mostly. */
export class UnexpectedAnswerError extends FlashsaleError {
  override readonly name = 'UnexpectedAnswerError';
  readonly kind = 'unexpected';

  constructor(
    readonly status: number,
    readonly contentType: string | null,
    readonly retryAfterMs: number | null,
    /** What is wrong with it, where that is neither its status nor its content type. */
    fault?: string,
  ) {
    const about = fault === undefined ? '' : `: ${fault}`;
    super(`an answer with status ${status} and ${contentType ?? 'no content type'}, which the service does not send${about}`);
  }
}

/** Narrows an error to the problems with one of these codes; without codes to any problem. */
export function isProblem<Code extends ProblemCode = ProblemCode>(error: unknown, ...codes: readonly Code[]): error is ProblemError<Code> {
  return error instanceof ProblemError && (codes.length === 0 || (codes as readonly string[]).includes(error.code));
}
