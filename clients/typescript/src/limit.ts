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
  /** Milliseconds for the whole call, all attempts and waits included. */
  readonly deadlineMs: number;
}

/**
 * Runs something within these bounds.
 * @throws the reason of the caller's signal, or a DeadlineError
 */
export async function within<T>(runtime: Runtime, options: LimitOptions, run: (limit: Limit) => Promise<T>): Promise<T> {
  const { signal, deadlineMs } = options;
  signal?.throwIfAborted();
  const ended = new AbortController();
  const done = new AbortController();
  const endsAt = runtime.now() + deadlineMs;
  const leave = (): void => ended.abort(signal?.reason);
  signal?.addEventListener('abort', leave, { once: true });
  runtime.sleep(deadlineMs, done.signal).then(
    () => ended.abort(new DeadlineError(`not done within ${deadlineMs} ms`)),
    () => undefined,
  );
  try {
    return await run({ signal: ended.signal, leftMs: () => endsAt - runtime.now() });
  } catch (error) {
    // Whatever it broke off with: fetch, a body and a sleep each have an error of their own for it.
    throw ended.signal.aborted ? ended.signal.reason : error;
  } finally {
    done.abort();
    signal?.removeEventListener('abort', leave);
  }
}
