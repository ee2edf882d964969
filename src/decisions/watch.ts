import type { Clock } from '../ports/runtime.js';
import type { DecidedCommand, LogPlace, ReaderStore } from '../ports/store.js';

const TICK_MS = 10;
/** How often one who has waited long is looked for. */
const SLOWEST_MS = 100;
/** Looked for at every tick for the first 100 ms, in which nearly all are decided; then at a tenth of the time waited so far. */
const PATIENCE = 10;
const MAX_PLACES_PER_READ = 1_000;

/**
 * Waits until the ledger covers a record of the log, for so many milliseconds at most.
 * @returns its decision; null when there is none yet, or when the signal says that nobody waits any more
 */
export type DecisionWatch = (place: LogPlace, waitMs: number, signal: AbortSignal) => Promise<DecidedCommand | null>;

interface Waiter {
  readonly place: LogPlace;
  readonly since: number;
  readonly until: number;
  lookAt: number;
  readonly settle: (decision: DecidedCommand | null) => void;
}

/** One poller a process, one query a tick for all who wait: with a poller each, 5,000 confirms a second would be as many queries, or more. */
export function createDecisionWatch(store: Pick<ReaderStore, 'decisionsAt'>, clock: Clock): DecisionWatch {
  const waiters = new Set<Waiter>();
  let ticking = false;
  let looking = false;

  async function tick(): Promise<void> {
    ticking = true;
    while (waiters.size > 0) {
      await clock.sleep(TICK_MS);
      const now = clock.monotonic();
      // Not awaited: a database that hangs must not keep those whose time is over.
      if (!looking) void look(now);
      for (const waiter of waiters) if (now >= waiter.until) waiter.settle(null);
    }
    ticking = false;
  }

  async function look(now: number): Promise<void> {
    looking = true;
    // To the nearest tick: timers are not so exact.
    const due = [...waiters].filter(({ lookAt }) => now + TICK_MS / 2 >= lookAt);
    for (let from = 0; from < due.length; from += MAX_PLACES_PER_READ) await lookFor(due.slice(from, from + MAX_PLACES_PER_READ), now);
    looking = false;
  }

  async function lookFor(due: readonly Waiter[], now: number): Promise<void> {
    // A read that fails says nothing about the command, which is in the log: the next one may say more.
    const decisions = await store.decisionsAt(due.map(({ place }) => place)).catch(() => []);
    due.forEach((waiter, at) => {
      const decision = decisions[at] ?? null;
      if (decision !== null) waiter.settle(decision);
      else waiter.lookAt = now + Math.min(SLOWEST_MS, Math.max(TICK_MS, (now - waiter.since) / PATIENCE));
    });
  }

  return (place, waitMs, signal) =>
    new Promise((resolve) => {
      if (waitMs <= 0 || signal.aborted) return resolve(null);
      const since = clock.monotonic();
      const leave = (): void => waiter.settle(null);
      const waiter: Waiter = {
        place,
        since,
        until: since + waitMs,
        lookAt: since,
        settle: (decision) => {
          waiters.delete(waiter);
          signal.removeEventListener('abort', leave);
          resolve(decision);
        },
      };
      signal.addEventListener('abort', leave);
      waiters.add(waiter);
      if (!ticking) void tick();
    });
}
