import type { Offset } from '../domain/ids.js';
import type { Reservation } from '../domain/reservation.js';
import type { Stock } from '../domain/stock.js';
import type { Announcement, Clock, HintCache } from '../ports.js';

/** Announcements that may wait for Redis; then the oldest are dropped: they are hints, and PostgreSQL has it all. */
const MAX_WAITING = 64;
const RATE_WINDOW_MS = 1_000;

export interface AppliedNews {
  readonly nextOffset: Offset;
  readonly decisions: number;
  readonly now: number;
  readonly reservations: readonly Reservation[];
  readonly stocks: readonly Stock[];
}

export interface AnnouncerDependencies {
  readonly cache: Pick<HintCache, 'announce'>;
  readonly clock: Clock;
  readonly onDropped: (error: unknown) => void;
}

/** Tells Redis what was committed, in the order of the commits, without ever holding up the next one. */
export function createAnnouncer(
  deps: AnnouncerDependencies,
  partition: number,
): { announce: (news: AppliedNews) => void; idle: () => Promise<void> } {
  const rate = createRate(deps.clock);
  let waiting: Announcement[] = [];
  let running: Promise<void> | null = null;

  async function drain(): Promise<void> {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      await deps.cache.announce(next).catch(deps.onDropped);
    }
    running = null;
  }

  return {
    announce({ nextOffset, decisions, now, reservations, stocks }) {
      const ratePerSecond = rate(decisions);
      waiting.push({ partition, nextOffset, ratePerSecond, now, reservations, stocks });
      if (waiting.length > MAX_WAITING) {
        waiting = waiting.slice(1);
        deps.onDropped(new Error('Redis takes announcements more slowly than decisions are made'));
      }
      running ??= drain();
    },
    idle: async () => {
      await running;
    },
  };
}

/** Decisions a second, smoothed over about a second; idle time counts, so that a queue's estimate follows what the writer really does. */
function createRate(clock: Clock): (decisions: number) => number {
  let rate = 0;
  let last = clock.monotonic();
  return (decisions) => {
    const now = clock.monotonic();
    const elapsed = Math.max(1, now - last);
    last = now;
    const weight = Math.min(1, elapsed / RATE_WINDOW_MS);
    rate += weight * ((decisions / elapsed) * 1000 - rate);
    return rate;
  };
}
