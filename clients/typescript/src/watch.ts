import { isFinal, type Reservation } from './answers.js';
import { reservationIn, unexpected } from './checked.js';
import { ConnectionError, DeadlineError, FlashsaleError, UnexpectedAnswerError } from './errors.js';
import { eventsIn } from './event-stream.js';
import { type Connection, failureOf, headersOf, open } from './exchange.js';
import { beginLimit, type Limit } from './limit.js';
import { backoffMs, isTransient } from './retry.js';

/** The service sends something every 15 s: a stream that is silent for longer is dead, though nobody has closed it. */
const SILENT_MS = 45_000;

export interface WatchOptions {
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds for the whole stream, over all its connections: none unless given. */
  readonly deadlineMs?: number | undefined;
  /** The version that the caller has seen: only later ones are told. */
  readonly after?: number | undefined;
}

/**
 * A reservation now and at every change, to its final state. Connections that end, fail or fall silent are opened again behind the last
 * event, on whatever process.
 * @throws ProblemError when the service refuses for good; TokenError; the signal's reason when that is aborted; DeadlineError with what was told last
 */
export async function* watchReservation(connection: Connection, reservationId: string, options: WatchOptions): AsyncGenerator<Reservation> {
  const { signal, deadlineMs = Number.POSITIVE_INFINITY, after } = options;
  const limit = beginLimit(connection.runtime, { signal, deadlineMs });
  let last: Reservation | null = null;
  try {
    for await (const reservation of statesOf(connection, reservationId, after, limit)) {
      last = reservation;
      yield reservation;
    }
  } catch (error) {
    const reason = limit.signal.aborted ? limit.signal.reason : error;
    if (reason instanceof DeadlineError) reason.reservation = last;
    throw reason;
  } finally {
    limit.end();
  }
}

async function* statesOf(connection: Connection, id: string, after: number | undefined, limit: Limit): AsyncGenerator<Reservation> {
  const { runtime } = connection;
  let seen = after;
  for (let failures = 0; ; failures++) {
    let returnMs: number | null = null;
    let failure: unknown = null;
    try {
      for await (const reservation of streamOnce(connection, id, seen, limit.signal, (ms) => {
        returnMs = ms;
      })) {
        if (seen === undefined || reservation.version > seen) {
          failures = 0;
          seen = reservation.version;
          yield reservation;
        }
        if (isFinal(reservation)) return;
      }
    } catch (error) {
      limit.signal.throwIfAborted();
      if (error instanceof NothingMore) return;
      if (!isTransient(error)) throw error;
      if ('retryAfterMs' in error) returnMs = error.retryAfterMs;
      failure = error;
    }
    const waitMs = backoffMs(runtime, failures, returnMs);
    if (failure !== null && waitMs >= limit.leftMs()) throw failure;
    await runtime.sleep(waitMs, limit.signal);
  }
}

/** 204: the final state was seen already. */
class NothingMore extends Error {}

async function* streamOnce(
  connection: Connection,
  reservationId: string,
  seen: number | undefined,
  signal: AbortSignal,
  onRetry: (ms: number) => void,
): AsyncGenerator<Reservation> {
  const path = `/v1/reservations/${encodeURIComponent(reservationId)}/events`;
  const wanted = { Accept: 'text/event-stream', ...(seen !== undefined && { 'Last-Event-ID': String(seen) }) };
  const call = { method: 'GET', path, headers: wanted } as const;
  const headers = await headersOf(connection, call, signal);
  const attempt = new AbortController();
  const leave = (): void => attempt.abort(signal.reason);
  signal.addEventListener('abort', leave, { once: true });
  const silence = silenceWatch(connection, attempt);
  try {
    const response = await open(connection, call, headers, attempt.signal);
    if (response.status === 204) throw new NothingMore();
    if (!response.ok) throw failureOf(response, await response.text());
    const type = response.headers.get('Content-Type');
    if (response.body === null || !type?.startsWith('text/event-stream')) throw new UnexpectedAnswerError(response.status, type, null);
    silence.heard();
    for await (const { data } of eventsIn(response.body, { onRetry, onBytes: silence.heard })) yield stateIn(response, data, reservationId);
  } catch (error) {
    if (error instanceof NothingMore || error instanceof FlashsaleError) throw error;
    throw attempt.signal.aborted ? attempt.signal.reason : new ConnectionError('the stream broke off', { cause: error });
  } finally {
    silence.stop();
    signal.removeEventListener('abort', leave);
    attempt.abort();
  }
}

/** Ends an attempt on which nothing comes any more, not even a comment. */
function silenceWatch({ runtime }: Connection, attempt: AbortController): { heard(): void; stop(): void } {
  let turn = new AbortController();
  const heard = (): void => {
    turn.abort();
    turn = new AbortController();
    runtime.sleep(SILENT_MS, turn.signal).then(
      () => attempt.abort(new ConnectionError(`nothing came for ${SILENT_MS} ms`)),
      () => undefined,
    );
  };
  heard();
  return { heard, stop: () => turn.abort() };
}

/** @throws UnexpectedAnswerError for an event that is none of this reservation's */
function stateIn({ status, headers }: Response, data: string, asked: string): Reservation {
  const reservation = reservationIn({ status, headers, body: parsed(data) }, asked);
  if (Number.isSafeInteger(reservation.version) && reservation.version >= 0) return reservation;
  throw unexpected({ status, headers }, 'a reservation without a version');
}

/** Undefined for what is no JSON. */
function parsed(data: string): unknown {
  try {
    return JSON.parse(data);
  } catch {
    return undefined;
  }
}
