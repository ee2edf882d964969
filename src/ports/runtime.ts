/** Time and chance: given, so that a test can control them. */
import type { Millis } from '../domain/ids.js';

export interface Clock {
  /** Wall clock, epoch milliseconds. */
  now(): Millis;
  /** Milliseconds from an arbitrary start; never goes back. For durations. */
  monotonic(): number;
  /** Resolves after `ms`, at once when the signal is aborted. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

export interface Random {
  /** A UUID in canonical lower-case form. */
  uuid(): string;
  /** Uniform in [0, 1). */
  fraction(): number;
}
