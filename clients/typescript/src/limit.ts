import { DeadlineError } from './errors.js';
import type { Runtime } from './runtime.js';

/** How long something may go on. */
export interface Limit {
  /** Aborted by the caller, or when the time is over. */
  readonly signal: AbortSignal;
  /** Milliseconds; below 0 when it is over. */
  leftMs(): number;
}

export interface LimitOptions {
  /** Ends every wait at once; what is thrown then is its reason. */
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds for the whole call, all attempts and waits included; Infinity: no end. */
  readonly deadlineMs: number;
}

/** @throws RangeError that names the option, unless it is a time above 0; Infinity is one */
export function aboveZero(option: string, ms: number): number {
  if (typeof ms === 'number' && ms > 0) return ms;
  throw new RangeError(`${option} is a number of milliseconds above 0, Infinity for no end, and not ${ms}`);
}

/**
 * Begins a limit. Whoever began it ends it, or a long-lived signal would keep every call that was ever made with it.
 * @throws the reason of a signal that is aborted already; RangeError
 */
export function beginLimit(runtime: Runtime, { signal, deadlineMs }: LimitOptions): Limit & { end(): void } {
  aboveZero('deadlineMs', deadlineMs);
  signal?.throwIfAborted();
  const ended = new AbortController();
  const done = new AbortController();
  const endsAt = runtime.now() + deadlineMs;
  const leave = (): void => ended.abort(signal?.reason);
  signal?.addEventListener('abort', leave, { once: true });
  // Without an end there is no timer either, which would keep a process alive.
  if (deadlineMs < Number.POSITIVE_INFINITY)
    runtime.sleep(deadlineMs, done.signal).then(
      () => ended.abort(new DeadlineError(`not done within ${deadlineMs} ms`)),
      () => undefined,
    );
  const end = (): void => {
    done.abort();
    signal?.removeEventListener('abort', leave);
  };
  return { signal: ended.signal, leftMs: () => endsAt - runtime.now(), end };
}

/**
 * Runs something within these bounds.
 * @throws the reason of the caller's signal, a DeadlineError, or a RangeError
 */
export async function within<T>(runtime: Runtime, options: LimitOptions, run: (limit: Limit) => Promise<T>): Promise<T> {
  const limit = beginLimit(runtime, options);
  try {
    return await run(limit);
  } catch (error) {
    // Whatever it broke off with: fetch, a body and a sleep each have an error of their own for it.
    throw limit.signal.aborted ? limit.signal.reason : error;
  } finally {
    limit.end();
  }
}
