import { createLocalJWKSet, errors, type JSONWebKeySet, type JWTVerifyGetKey } from 'jose';
import type { Clock } from '../ports/runtime.js';

export interface PublishedKeysOptions {
  /** The key set as its publisher has it now; within a time limit. */
  readonly fetch: () => Promise<unknown>;
  readonly clock: Pick<Clock, 'monotonic' | 'sleep'>;
  readonly refreshMs: number;
  readonly cooldownMs: number;
  readonly onFetched: (failure: unknown) => void;
}

/** Whether a token is good cannot be told now. */
export class KeysUnavailable extends Error {
  override readonly name = 'KeysUnavailable';
}

/**
 * The public keys of whoever signs buyers' tokens (JWKS). jose has such a set of its own; it forgets its keys when they are old and the
 * publisher does not answer, and counts only fetches that succeeded for its cool-down: with the publisher away, made-up key ids would be a
 * fetch each.
 */
export class PublishedKeys {
  private keys: JWTVerifyGetKey | null = null;
  private pending: Promise<void> | null = null;
  private lastFetch: { readonly endedAt: number; readonly failed: boolean } | null = null;

  constructor(private readonly options: PublishedKeysOptions) {}

  /**
   * The key that a token names. An unknown one is asked for, since the publisher may have changed its keys a moment ago.
   * @throws KeysUnavailable when the publisher's last answer is missing: the key may be a new one
   */
  readonly find: JWTVerifyGetKey = async (header, token) => {
    try {
      return await this.known(header, token);
    } catch (error) {
      if (!isUnknown(error)) throw error;
    }
    await this.fetched();
    try {
      return await this.known(header, token);
    } catch (error) {
      if (isUnknown(error) && this.lastFetch?.failed) throw new KeysUnavailable('the published keys could not be fetched');
      throw error;
    }
  };

  /** Fetches them now and again until the signal is aborted, so that no request waits for it and a withdrawn key is forgotten. */
  async keepFresh(signal: AbortSignal): Promise<void> {
    const { clock, refreshMs, cooldownMs } = this.options;
    while (!signal.aborted) {
      await this.fetched();
      await clock.sleep(this.lastFetch?.failed ? cooldownMs : refreshMs, signal);
    }
  }

  private readonly known: JWTVerifyGetKey = (header, token) => {
    if (this.keys === null) throw new errors.JWKSNoMatchingKey();
    return this.keys(header, token);
  };

  /** One fetch for all who ask at once, and none within the cool-down. Never rejects: the keys stay as they were. */
  private fetched(): Promise<void> {
    if (this.pending !== null) return this.pending;
    const { clock, cooldownMs } = this.options;
    if (this.lastFetch !== null && clock.monotonic() - this.lastFetch.endedAt < cooldownMs) return Promise.resolve();
    this.pending = this.fetch();
    return this.pending;
  }

  private async fetch(): Promise<void> {
    const { fetch, clock, onFetched } = this.options;
    let failure: unknown = null;
    try {
      this.keys = createLocalJWKSet(withKeys(await fetch()));
    } catch (error) {
      failure = error;
    }
    this.lastFetch = { endedAt: clock.monotonic(), failed: failure !== null };
    this.pending = null;
    onFetched(failure);
  }
}

const isUnknown = (error: unknown): boolean => error instanceof errors.JWKSNoMatchingKey;

/** An empty set would turn every buyer away; that is a mishap of the publisher's sooner than its will. */
function withKeys(answer: unknown): JSONWebKeySet {
  const { keys } = (answer ?? {}) as { readonly keys?: unknown };
  if (!Array.isArray(keys) || keys.length === 0) throw new Error('what was published is no set of keys');
  return answer as JSONWebKeySet;
}
