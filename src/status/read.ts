import { coalesce } from '../batching/coalesce.js';
import type { Millis, ReservationId } from '../domain/ids.js';
import { partitionOfId } from '../domain/partition-hash.js';
import type { HintCache, ReservationView } from '../ports/hints.js';
import type { Clock } from '../ports/runtime.js';
import type { ReaderStore } from '../ports/store.js';

/** A QUEUED older than this is looked up. */
const QUEUED_FRESH_MS = 1_000;
/** A RESERVED older than this is looked up: it changes, and the word of that may have been lost. No more are RESERVED than there are units. */
const RESERVED_FRESH_MS = 5_000;
/** How long an id that neither store knows is waited for, until its partition is applied through the moment of the question. */
const ABSENCE_WAIT_MS = 1_000;
const ABSENCE_POLL_MS = 50;
const MAX_IDS_PER_READ = 500;

export type ReservationLookup =
  | { readonly kind: 'found'; readonly reservation: ReservationView }
  | { readonly kind: 'absent' }
  /** Neither store knows it, and it may still be in the log. */
  | { readonly kind: 'unknown'; readonly retryAfterMs: number };

export interface StatusDependencies {
  readonly cache: Pick<HintCache, 'read'>;
  readonly store: Pick<ReaderStore, 'reservations' | 'absence' | 'now'>;
  readonly guarded: <T>(call: () => Promise<T>) => Promise<T>;
  readonly clock: Clock;
  readonly partitionCount: number;
}

export interface StatusReader {
  /** What Redis, else PostgreSQL, knows now. Null: neither knows the id. */
  peek(id: ReservationId): Promise<ReservationView | null>;
  /** This, or what PostgreSQL knows where this may be old. */
  latest(view: ReservationView): Promise<ReservationView>;
  /** PostgreSQL's word: decided or not. */
  decided(id: ReservationId): Promise<ReservationView | null>;
  /** As `peek`; an unknown id is `absent` only when it is certain that nobody was promised anything under it. */
  find(id: ReservationId): Promise<ReservationLookup>;
}

export function createStatusReader({ cache, store, guarded, clock, partitionCount }: StatusDependencies): StatusReader {
  const fromCache = coalesce<ReservationId, ReservationView | null>({
    maxItems: MAX_IDS_PER_READ,
    maxInFlight: 4,
    run: (ids) => guarded(() => cache.read(ids)),
  });

  const decided = coalesce<ReservationId, ReservationView | null>({
    maxItems: MAX_IDS_PER_READ,
    maxInFlight: 2,
    run: async (ids) => {
      const rows = new Map((await store.reservations(ids)).map((row) => [row.reservationId, row]));
      return ids.map((id) => rows.get(id) ?? null);
    },
  });

  async function peek(id: ReservationId): Promise<ReservationView | null> {
    const hint = await fromCache(id).catch(() => null);
    return hint === null ? await decided(id) : await latest(hint);
  }

  async function latest(view: ReservationView): Promise<ReservationView> {
    if (!mayBeOld(view, clock.now())) return view;
    try {
      return (await decided(view.reservationId)) ?? view;
    } catch (error) {
      // A hold is most likely what it was; a request that should be decided by now is not.
      if (view.status === 'RESERVED') return view;
      throw error;
    }
  }

  async function find(id: ReservationId): Promise<ReservationLookup> {
    const reservation = await peek(id);
    return reservation === null ? await afterTheLog(id) : { kind: 'found', reservation };
  }

  /** An accepted request may be unknown to both stores while it waits in the log: never "not found" before the log has been applied. */
  async function afterTheLog(id: ReservationId): Promise<ReservationLookup> {
    const askedAt: Millis = await store.now();
    const until = clock.monotonic() + ABSENCE_WAIT_MS;
    for (;;) {
      // In this order: were it read the other way round, a decision between the two would be missed.
      const { appliedThrough, isDeadLetter } = await store.absence(id, partitionOfId(id, partitionCount));
      const reservation = await decided(id);
      if (reservation !== null) return { kind: 'found', reservation };
      if (isDeadLetter) return { kind: 'unknown', retryAfterMs: 60_000 };
      if (appliedThrough !== null && appliedThrough >= askedAt) return { kind: 'absent' };
      if (clock.monotonic() >= until) return { kind: 'unknown', retryAfterMs: ABSENCE_WAIT_MS };
      await clock.sleep(ABSENCE_POLL_MS);
    }
  }

  return { peek, latest, decided, find };
}

/** The announcement of what came after it may have been lost. The other states are final. */
function mayBeOld({ status, queuedAt, decidedAt, expiresAt }: ReservationView, now: Millis): boolean {
  if (status === 'QUEUED') return now - queuedAt >= QUEUED_FRESH_MS;
  return status === 'RESERVED' && (now - (decidedAt ?? 0) >= RESERVED_FRESH_MS || now >= (expiresAt ?? 0));
}
