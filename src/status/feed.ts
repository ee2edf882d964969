import type { ReservationId } from '../domain/ids.js';
import type { ReservationView } from '../ports/hints.js';
import type { Clock } from '../ports/runtime.js';
import type { StatusReader } from './read.js';

const TICK_MS = 250;
/** Looked at again this often though no word came: while it waits for its decision, and while no word can come. */
const UNHEARD_MS = 1_000;
/** The same for a hold, while words come: one of them may have been lost. */
const HEARD_MS = 5_000;

export interface ReservationFeed {
  /**
   * Tells the state of a reservation soon, and whenever it may have changed; the same state more than once, and a change that was followed
   * by another at once not at all.
   * @returns what ends it
   */
  follow(id: ReservationId, tell: (view: ReservationView) => void): () => void;
  /** Word from a writer: these were decided just now. */
  decided(ids: readonly ReservationId[]): void;
}

export interface FeedDependencies {
  readonly reader: Pick<StatusReader, 'peek'>;
  readonly clock: Clock;
  /** Whether words from writers reach this process now. */
  readonly isHeard: () => boolean;
}

interface Followed {
  readonly id: ReservationId;
  readonly listeners: Set<(view: ReservationView) => void>;
  /** Of the last look, by the monotonic clock. */
  lookedAt: number;
  undecided: boolean;
  looking: boolean;
  /** Word came while it was being read: that read may have been too early. */
  again: boolean;
}

/**
 * Follows reservations for as long as somebody listens: thousands at once by one timer. Words only make it fast; what they name is read
 * together with all else that is due, in a few queries.
 */
export function createFeed({ reader, clock, isHeard }: FeedDependencies): ReservationFeed {
  const followed = new Map<ReservationId, Followed>();
  let polling = false;

  async function poll(): Promise<void> {
    polling = true;
    while (followed.size > 0) {
      await clock.sleep(TICK_MS);
      const now = clock.monotonic();
      const heldMs = isHeard() ? HEARD_MS : UNHEARD_MS;
      for (const one of followed.values()) if (now - one.lookedAt >= (one.undecided ? UNHEARD_MS : heldMs)) void look(one);
    }
    polling = false;
  }

  async function look(one: Followed): Promise<void> {
    one.again = one.looking;
    if (one.looking) return;
    one.looking = true;
    do {
      one.again = false;
      one.lookedAt = clock.monotonic();
      const view = await reader.peek(one.id).catch(() => null);
      if (view === null) continue;
      one.undecided = view.status === 'QUEUED';
      for (const tell of one.listeners) tell(view);
    } while (one.again);
    one.looking = false;
  }

  function follow(id: ReservationId, tell: (view: ReservationView) => void): () => void {
    const one = followed.get(id) ?? { id, listeners: new Set(), lookedAt: 0, undecided: true, looking: false, again: false };
    // Listening first, then reading: a change between the two is in one of them.
    one.listeners.add(tell);
    followed.set(id, one);
    void look(one);
    if (!polling) void poll();
    return () => {
      one.listeners.delete(tell);
      if (one.listeners.size === 0 && followed.get(id) === one) followed.delete(id);
    };
  }

  function decided(ids: readonly ReservationId[]): void {
    if (followed.size === 0) return;
    for (const id of ids) {
      const one = followed.get(id);
      if (one !== undefined) void look(one);
    }
  }

  return { follow, decided };
}
