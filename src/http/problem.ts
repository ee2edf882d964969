import { STATUS_CODES } from 'node:http';
import type { ReservationId } from '../domain/ids.js';
import { kebabOf, PROBLEM_CODES, PROBLEMS, type ProblemCode } from './problem-table.js';

interface ProblemOptions {
  readonly retryAfterMs?: number | null;
  readonly headers?: Readonly<Record<string, string>>;
  /** The reservation that was refused for good. A refusal at the door has none: nothing is stored. */
  readonly rejected?: ReservationId;
  /** Further members of the answer. */
  readonly members?: Readonly<Record<string, unknown>>;
}

/**
 * An answer that is not success (RFC 9457). A value, not an Error: a refusal is no fault, and thousands of them a second must not each
 * collect a stack trace.
 */
export class Problem {
  readonly code: ProblemCode;
  readonly detail: string;
  readonly options: ProblemOptions;

  constructor(code: ProblemCode, detail?: string, options: ProblemOptions = {}) {
    this.code = code;
    this.detail = detail ?? PROBLEMS[code].meaning;
    this.options = options;
  }

  get status(): number {
    return PROBLEMS[this.code].status;
  }
}

const KEBABS = Object.fromEntries(PROBLEM_CODES.map((code) => [code, kebabOf(code)])) as Record<ProblemCode, string>;

export interface ProblemPlace {
  readonly problemBase: string;
  readonly requestId: string;
  /** Path of the request, without its query; null where there was none to read. */
  readonly path: string | null;
}

/** The body of a problem, as JSON text. */
export function problemJson({ code, detail, options }: Problem, { problemBase, requestId, path }: ProblemPlace): string {
  const { status, title } = PROBLEMS[code];
  const { rejected, members } = options;
  return JSON.stringify({
    type: `${problemBase}/problems/${KEBABS[code]}`,
    title,
    status,
    detail,
    instance: rejected === undefined ? (path ?? undefined) : `/v1/reservations/${rejected}`,
    code,
    requestId,
    ...(rejected === undefined ? undefined : { reservationId: rejected, reservationStatus: 'REJECTED' }),
    ...members,
  });
}

/** Whole seconds for Retry-After, at least 1: rounded down it would invite the client back too early. */
export const retryAfterSeconds = (ms: number): string => String(Math.max(1, Math.ceil(ms / 1000)));

/** A problem as bytes for a socket whose request could not be parsed, so that there is no response object to write it with. */
export function problemBytes(problem: Problem, place: ProblemPlace): string {
  const body = problemJson(problem, place);
  return [
    `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status]}`,
    'Content-Type: application/problem+json',
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Cache-Control: no-store',
    'X-Content-Type-Options: nosniff',
    `X-Request-Id: ${place.requestId}`,
    'Connection: close',
    '',
    body,
  ].join('\r\n');
}
