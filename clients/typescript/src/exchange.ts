import { type Answered, unexpected } from './checked.js';
import { ConnectionError, type ProblemDocument, ProblemError, UnexpectedAnswerError } from './errors.js';
import type { Runtime } from './runtime.js';
import { type TokenSource, tokenOf } from './token.js';

/** How the service is reached, and as whom. */
export interface Connection {
  readonly baseUrl: string;
  readonly token: TokenSource;
  readonly fetch: typeof fetch;
  readonly runtime: Runtime;
  /** Milliseconds for an answer to begin and end, beyond what the service was asked to wait. */
  readonly attemptTimeoutMs: number;
}

export interface Call {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: object;
  /** Seconds that the service is asked to wait for a decision. */
  readonly waitSeconds?: number;
  /** Without credentials: what anybody may ask, so that caches may answer it. */
  readonly isPublic?: boolean;
}

/**
 * One request and its whole answer.
 * @throws ProblemError, UnexpectedAnswerError, ConnectionError, TokenError; the signal's reason when that was aborted
 */
export async function exchange(connection: Connection, call: Call, signal: AbortSignal): Promise<Answered> {
  const headers = await headersOf(connection, call, signal);
  const { runtime, attemptTimeoutMs } = connection;
  const attempt = new AbortController();
  const done = new AbortController();
  const leave = (): void => attempt.abort(signal.reason);
  signal.addEventListener('abort', leave, { once: true });
  const timeoutMs = attemptTimeoutMs + (call.waitSeconds ?? 0) * 1_000;
  runtime.sleep(timeoutMs, done.signal).then(
    () => attempt.abort(new ConnectionError(`no answer within ${timeoutMs} ms`)),
    () => undefined,
  );
  try {
    const response = await open(connection, call, headers, attempt.signal);
    const text = await bodyOf(response, attempt.signal);
    if (!response.ok) throw failureOf(response, text);
    return { status: response.status, headers: response.headers, body: text === '' ? null : parsed(response, text) };
  } finally {
    done.abort();
    signal.removeEventListener('abort', leave);
  }
}

type SentHeaders = Readonly<Record<string, string>>;

/**
 * What goes in front of a request. Not a part of the attempt, whose time is the service's: a token may take its own.
 * @throws TokenError; TypeError for what no header can carry; the signal's reason when that was aborted
 */
export async function headersOf({ token }: Connection, call: Call, signal: AbortSignal): Promise<SentHeaders> {
  signal.throwIfAborted();
  const { body, waitSeconds = 0, isPublic = false } = call;
  const headers: Record<string, string> = { ...call.headers };
  if (!isPublic) headers.Authorization = `Bearer ${await tokenOf(token, signal)}`;
  if (body !== undefined) headers['Content-Type'] = 'application/json';
  if (waitSeconds > 0) headers.Prefer = `wait=${waitSeconds}`;
  // A key or token that no header can carry: said here, since fetch would fail as it does without a connection.
  new Headers(headers);
  return headers;
}

/** Sends a request and waits for the head of its answer. */
export async function open({ baseUrl, fetch }: Connection, call: Call, headers: SentHeaders, signal: AbortSignal): Promise<Response> {
  signal.throwIfAborted();
  const { method, path, body } = call;
  const init: RequestInit = { method, headers, signal, ...(body !== undefined && { body: JSON.stringify(body) }) };
  return await told(signal, fetch(`${baseUrl}${path}`, init));
}

const bodyOf = (response: Response, signal: AbortSignal): Promise<string> => told(signal, response.text());

/** What fetch rejects with differs from place to place: here it is the signal's reason, or a ConnectionError. */
async function told<T>(signal: AbortSignal, pending: Promise<T>): Promise<T> {
  try {
    return await pending;
  } catch (cause) {
    if (signal.aborted) throw signal.reason;
    throw new ConnectionError('the connection failed before the answer was complete', { cause });
  }
}

/** What an answer that is not success says. */
export function failureOf({ status, headers }: Response, text: string): ProblemError<string> | UnexpectedAnswerError {
  const type = headers.get('Content-Type');
  const document = type?.startsWith('application/problem+json') ? problemIn(text) : null;
  const retryAfterMs = retryAfterMsOf(headers);
  return document === null
    ? new UnexpectedAnswerError(status, type, retryAfterMs)
    : new ProblemError({ ...document, status }, retryAfterMs);
}

function problemIn(text: string): ProblemDocument | null {
  try {
    const document = JSON.parse(text) as ProblemDocument | null;
    return typeof document?.code === 'string' ? document : null;
  } catch {
    return null;
  }
}

function parsed({ status, headers }: Response, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw unexpected({ status, headers }, 'no JSON');
  }
}

/** Seconds, as the service sends them; a proxy may send a date. */
export function retryAfterMsOf(headers: Headers): number | null {
  const text = headers.get('Retry-After');
  if (text === null) return null;
  const ms = /^\d+$/.test(text) ? Number(text) * 1_000 : Date.parse(text) - Date.now();
  return Number.isNaN(ms) ? null : Math.max(0, ms);
}
