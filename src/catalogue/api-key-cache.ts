import type { Clock } from '../ports/runtime.js';
import type { ApiKey } from './api-keys.js';

/** A revoked key works no longer than this; also how often a busy key is looked up at most. */
const FRESH_MS = 3_000;
const MAX_ENTRIES = 10_000;
/** Longest that somebody who was let in before waits for the database. What it says later counts from then on. */
const PATIENCE_MS = 250;

export interface ApiKeyCacheOptions {
  readonly find: (hash: string) => Promise<ApiKey | null>;
  readonly clock: Pick<Clock, 'monotonic' | 'sleep'>;
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
    const found = find(hash);
    const answer = known === undefined ? found : soon(found, known);
    // From before the question, so that the answer is never older than it seems.
    const entry = { answer, staleAt: now + freshMs };
    entries.delete(hash);
    entries.set(hash, entry);
    answer.catch(() => {
      // A failure says nothing about the key.
      if (entries.get(hash) === entry) entries.delete(hash);
    });
    if (answer !== found) {
      found.then(
        () => entries.get(hash) === entry && entries.set(hash, { ...entry, answer: found }),
        () => undefined,
      );
    }
    dropOldest();
    return answer;
  }

  /** With the database away, those who were let in before stay in: nobody can be revoked then either. */
  async function soon(found: Promise<ApiKey | null>, known: Promise<ApiKey | null>): Promise<ApiKey | null> {
    const over = new AbortController();
    const patience = clock.sleep(PATIENCE_MS, over.signal).then(() => known);
    return await Promise.race([found.catch(() => known), patience]).finally(() => over.abort());
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
