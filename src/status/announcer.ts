import type { Offset, SkuId } from '../domain/ids.js';
import type { Reservation } from '../domain/reservation.js';
import type { Stock } from '../domain/stock.js';
import type { Announcement, HintCache } from '../ports/hints.js';
import type { Clock } from '../ports/runtime.js';

/** Announcements that may wait for Redis; then the oldest are dropped: they are hints, and PostgreSQL has it all. */
const MAX_WAITING = 64;
const RATE_WINDOW_MS = 1_000;
const RETELL_MS = 500;
/** Hints told again in one announcement: with all of a long outage it would take too long itself, every time. */
const MAX_RETOLD = 500;

export interface AppliedNews {
  readonly nextOffset: Offset;
  readonly decisions: number;
  readonly reservations: readonly Reservation[];
  readonly stocks: readonly Stock[];
}

export interface AnnouncerDependencies {
  readonly cache: Pick<HintCache, 'announce'>;
  readonly clock: Clock;
  readonly onDropped: (error: unknown) => void;
}

export interface Announcer {
  announce(news: AppliedNews): void;
  /** Resolves when nothing waits any more; what Redis would not take is given up then. */
  close(): Promise<void>;
}

/**
 * Tells Redis what was committed, in the order of the commits, without ever holding up the next one.
 *
 * A status that does not get through is looked up in PostgreSQL. A SKU's hint is told again until it does: the one before it would go on
 * turning buyers away by a window that has changed, and no request would reach the log to correct it.
 */
export function createAnnouncer({ cache, clock, onDropped }: AnnouncerDependencies, partition: number): Announcer {
  const rate = createRate(clock);
  const closing = new AbortController();
  const waiting: Announcement[] = [];
  let running: Promise<void> | null = null;
  const untold = new Map<SkuId, Stock>();

  async function drain(): Promise<void> {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      await tell(next);
      if (waiting.length === 0 && untold.size > 0 && !closing.signal.aborted) {
        await clock.sleep(RETELL_MS, closing.signal);
        if (waiting.length === 0) waiting.push({ ...next, reservations: [], stocks: [] });
      }
    }
    running = null;
  }

  async function tell(announcement: Announcement): Promise<void> {
    const again = [...untold].slice(0, MAX_RETOLD);
    const stocks = new Map([...again, ...announcement.stocks.map((stock) => [stock.skuId, stock] as const)]);
    try {
      await cache.announce({ ...announcement, stocks: [...stocks.values()] });
      // Not what is newer than what was told just now.
      for (const { skuId, sequence } of stocks.values()) if ((untold.get(skuId)?.sequence ?? 0) <= sequence) untold.delete(skuId);
    } catch (error) {
      drop(announcement, error);
      // The partition's next owner waits for this one to be gone.
      if (closing.signal.aborted) waiting.length = 0;
    }
  }

  function drop({ stocks }: Announcement, error: unknown): void {
    for (const stock of stocks) if (stock.sequence >= (untold.get(stock.skuId)?.sequence ?? 0)) untold.set(stock.skuId, stock);
    onDropped(error);
  }

  return {
    announce({ nextOffset, decisions, reservations, stocks }) {
      waiting.push({ partition, nextOffset, ratePerSecond: rate(decisions), reservations, stocks });
      const oldest = waiting.length > MAX_WAITING ? waiting.shift() : undefined;
      if (oldest !== undefined) drop(oldest, new Error('Redis takes announcements more slowly than decisions are made'));
      running ??= drain();
    },
    close: async () => {
      closing.abort();
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
