import type { Values, VariableName } from './variables.js';

/** Something that must hold between variables: each alone is fine, together they cannot work. */
export interface Relation {
  readonly smaller: VariableName;
  readonly larger: VariableName;
  readonly times: number;
  readonly strict: boolean;
  readonly why: string;
}

const below = (smaller: VariableName, larger: VariableName, why: string): Relation => ({ smaller, larger, times: 1, strict: true, why });
const atMost = (smaller: VariableName, larger: VariableName, why: string, times = 1): Relation => ({
  smaller,
  larger,
  times,
  strict: false,
  why,
});

export const RELATIONS: readonly Relation[] = [
  atMost('FLASHSALE_HEARTBEAT_MS', 'FLASHSALE_SESSION_TIMEOUT_MS', 'a writer that misses two heartbeats must not count as dead', 3),
  atMost('FLASHSALE_SESSION_TIMEOUT_MS', 'FLASHSALE_REBALANCE_TIMEOUT_MS', 'the group waits for a dead writer until its session ends'),
  below('FLASHSALE_FETCH_MAX_WAIT_MS', 'FLASHSALE_HEARTBEAT_MS', 'a fetch must not hold back the heartbeats'),
  below('FLASHSALE_FETCH_PAUSE_MS', 'FLASHSALE_HEARTBEAT_MS', 'a pause must not hold back the heartbeats'),
  below('FLASHSALE_CHUNK_LINGER_MS', 'FLASHSALE_HEARTBEAT_MS', 'a chunk must not hold back the heartbeats'),
  below('FLASHSALE_PUBLISH_LINGER_MS', 'FLASHSALE_PUBLISH_DEADLINE_MS', 'a request would be given up before it is published'),
  below('FLASHSALE_REDIS_TIMEOUT_MS', 'FLASHSALE_PUBLISH_DEADLINE_MS', 'Redis is asked first, and is only a hint'),
  below('FLASHSALE_PUBLISH_DEADLINE_MS', 'FLASHSALE_DECIDE_BY_MS', 'an accepted request would already be too late'),
  atMost('FLASHSALE_MAX_QUEUE_MS', 'FLASHSALE_DECIDE_BY_MS', 'a longer wait ends in a refusal'),
  atMost('FLASHSALE_MAX_IN_FLIGHT', 'FLASHSALE_PUBLISH_MAX_WAITING', 'what was let in would find no place in the queue to the log'),
  below('FLASHSALE_MAX_EVENT_STREAMS', 'FLASHSALE_MAX_CONNECTIONS', 'streams would leave no socket for anything else'),
  atMost('FLASHSALE_SHUTDOWN_DELAY_MS', 'FLASHSALE_DRAIN_MS', 'what is under way then must still have time', 3),
  atMost('FLASHSALE_PUBLISH_DEADLINE_MS', 'FLASHSALE_DRAIN_MS', 'a stop waits for what is being published'),
  atMost('FLASHSALE_JWT_JWKS_COOLDOWN_SECONDS', 'FLASHSALE_JWT_JWKS_REFRESH_SECONDS', 'the keys would not be fetched as often as that'),
  below('FLASHSALE_LOCK_TIMEOUT_MS', 'FLASHSALE_STATEMENT_TIMEOUT_MS', 'the wait for a lock is part of the statement'),
  atMost('FLASHSALE_MIN_INSYNC_REPLICAS', 'FLASHSALE_REPLICATION_FACTOR', 'no command could ever be acknowledged'),
];

/** @returns what is wrong in words, or null; null too where one of the two could not be read at all */
export function brokenRelation({ smaller, larger, times, strict, why }: Relation, values: Partial<Values>): string | null {
  const [a, b] = [values[smaller], values[larger]];
  if (typeof a !== 'number' || typeof b !== 'number') return null;
  if (strict ? a * times < b : a * times <= b) return null;
  const bound = times === 1 ? larger : `a ${times === 3 ? 'third' : `${times}th`} of ${larger}`;
  return `is ${a}; allowed is ${strict ? 'less than' : 'at most'} ${bound} (${b}): ${why}`;
}
