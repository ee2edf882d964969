import { ConnectionError, ProblemError, UnexpectedAnswerError } from './errors.js';
import type { Limit } from './limit.js';
import type { Runtime } from './runtime.js';

const FIRST_MS = 100;
const LONGEST_MS = 5_000;
/** The longest that a server is obeyed for: what names more is wrong, or means a time that nobody waits for. */
const LONGEST_ASKED_MS = 300_000;

/** Try again later, said by the service, by something in front of it, or by silence. A 409 is a decision or a sold-out SKU: no use in haste. */
const TRANSIENT = new Set([408, 429, 500, 502, 503, 504]);

export function isTransient(error: unknown): error is ConnectionError | ProblemError<string> | UnexpectedAnswerError {
  if (error instanceof ConnectionError) return true;
  return (error instanceof ProblemError || error instanceof UnexpectedAnswerError) && TRANSIENT.has(error.status);
}

/**
 * Full jitter: anything up to twice as long each time, so that those who failed together do not come back together. Where the service names
 * a time, that is waited first, up to five minutes, and the jitter comes on top.
 */
export function backoffMs({ random }: Pick<Runtime, 'random'>, failures: number, retryAfterMs: number | null): number {
  return Math.min(LONGEST_ASKED_MS, retryAfterMs ?? 0) + random() * Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(failures, 16));
}

/**
 * Repeats what is safe to repeat until it succeeds, fails for good, or there is no time for another attempt.
 * @throws the last failure
 */
export async function withRetries<T>(runtime: Runtime, limit: Limit, attempt: () => Promise<T>): Promise<T> {
  for (let failures = 0; ; failures++) {
    try {
      return await attempt();
    } catch (error) {
      limit.signal.throwIfAborted();
      if (!isTransient(error)) throw error;
      const waitMs = backoffMs(runtime, failures, 'retryAfterMs' in error ? error.retryAfterMs : null);
      if (waitMs >= limit.leftMs()) throw error;
      await runtime.sleep(waitMs, limit.signal);
    }
  }
}
