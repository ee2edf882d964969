import type { Clock } from '../ports/runtime.js';
import type { ApiKey } from './api-keys.js';

/** A revoked key works no longer than this; also how often a busy key is looked up at most. */
const FRESH_MS = 3_000;
const MAX_ENTRIES = 10_000;

export interface ApiKeyCacheOptions {
  readonly find: (hash: string) => Promise<ApiKey | null>;
  readonly clock: Pick<Clock, 'monotonic'>;
  readonly freshMs?: number;
  readonly maxEntries?: number;
}

interface Entry {
  readonly answer: Promise<ApiKey | null>;
  readonly staleAt: number;
}

/**
 * Every request brings a key, so the answers are kept for a moment, the negative ones too: a client with a wrong key must not cost a query
 * a request. The promise is what is kept, so that a thousand requests at once ask once.
 */
export function cachedApiKeys({ find, clock, freshMs = FRESH_MS, maxEntries = MAX_ENTRIES }: ApiKeyCacheOptions) {
  const entries = new Map<string, Entry>();

  function ask(hash: string, now: number): Promise<ApiKey | null> {
    const known = entries.get(hash)?.answer;
    // With the database away, those who were let in before stay in: nobody can be revoked then either.
    const answer = find(hash).catch((error: unknown) => {
      if (known === undefined) throw error;
      return known;
    });
    // From before the question, so that the answer is never older than it seems.
    const entry = { answer, staleAt: now + freshMs };
    entries.delete(hash);
    entries.set(hash, entry);
    answer.catch(() => {
      // A failure says nothing about the key.
      if (entries.get(hash) === entry) entries.delete(hash);
    });
    dropOldest();
    return answer;
  }

  /** A Map keeps the order of insertion, so the first is the oldest. */
  function dropOldest(): void {
    for (const hash of entries.keys()) {
      if (entries.size <= maxEntries) return;
      entries.delete(hash);
    }
  }

  return (hash: string): Promise<ApiKey | null> => {
    const now = clock.monotonic();
    const entry = entries.get(hash);
    return entry !== undefined && now < entry.staleAt ? entry.answer : ask(hash, now);
  };
}
