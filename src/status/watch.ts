import type { ReservationId } from '../domain/ids.js';
import type { ReservationView } from '../ports/hints.js';
import type { Clock } from '../ports/runtime.js';
import type { StatusReader } from './read.js';

/** Read again this often while waiting: a message about the decision may be lost, or Redis away. */
const REREAD_MS = 250;
/** A reason of our own: without one every abort makes an exception, with its stack trace. */
const OVER = 'over';

export interface Watch {
  /**
   * Waits until a reservation is decided, for so many milliseconds at most.
   * @returns its state, or null when it is still undecided
   */
  wait(id: ReservationId, waitMs: number, signal: AbortSignal): Promise<ReservationView | null>;
  /** Word from a writer: these were decided just now. Only shortens waits. */
  decided(ids: readonly ReservationId[]): void;
}

export function createWatch(reader: Pick<StatusReader, 'peek' | 'decided'>, clock: Clock): Watch {
  const wakers = new Map<ReservationId, Set<() => void>>();

  async function wait(id: ReservationId, waitMs: number, signal: AbortSignal): Promise<ReservationView | null> {
    const until = clock.monotonic() + waitMs;
    const waker = listen(id);
    try {
      // Listening first, then reading: a decision between the two is in one of them.
      for (;;) {
        const view = await reader.peek(id).catch(() => null);
        if (isDecided(view)) return view;
        const left = until - clock.monotonic();
        if (left <= 0 || signal.aborted) break;
        await waker.next(Math.min(left, REREAD_MS), signal);
      }
      return await reader.decided(id).catch(() => null);
    } finally {
      waker.stop();
    }
  }

  function listen(id: ReservationId): { next: (ms: number, signal: AbortSignal) => Promise<void>; stop: () => void } {
    let word = false;
    let wake: () => void = () => undefined;
    const waker = (): void => {
      word = true;
      wake();
    };
    const listeners = wakers.get(id) ?? new Set();
    wakers.set(id, listeners.add(waker));
    return {
      next: async (ms, signal) => {
        const enough = new AbortController();
        const woken = new Promise<void>((resolve) => {
          wake = resolve;
          // Word that came during the last read: that read may have been too early to see it.
          if (word) resolve();
        });
        await Promise.race([woken, clock.sleep(ms, AbortSignal.any([signal, enough.signal]))]);
        enough.abort(OVER);
        // The read that comes next sees whatever the word was about.
        word = false;
      },
      stop: () => {
        listeners.delete(waker);
        if (listeners.size === 0) wakers.delete(id);
      },
    };
  }

  function decided(ids: readonly ReservationId[]): void {
    if (wakers.size === 0) return;
    for (const id of ids) for (const waker of wakers.get(id) ?? []) waker();
  }

  return { wait, decided };
}

const isDecided = (view: ReservationView | null): view is ReservationView => view !== null && view.status !== 'QUEUED';
