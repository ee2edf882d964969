import type { Runtime } from '../../src/runtime.js';

/** What is slept for less than this is a pause before another attempt, and over at once; what is longer is a limit, and holds. */
const LIMITS_FROM_MS = 10_000;

interface Timer {
  readonly at: number;
  readonly ring: () => void;
}

/** Time that passes only by pauses, and by `advance`. Chance is always in the middle. */
export class TestRuntime implements Runtime {
  /** Milliseconds of every pause. */
  readonly pauses: number[] = [];
  /** Milliseconds of everything longer. */
  readonly limits: number[] = [];
  /** True: pauses hold too, until the time is advanced. */
  holds = false;
  private elapsed = 0;
  private readonly timers = new Set<Timer>();

  now(): number {
    return this.elapsed;
  }

  random(): number {
    return 0.5;
  }

  sleep(ms: number, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return Promise.reject(signal.reason);
    const isPause = ms < LIMITS_FROM_MS;
    (isPause ? this.pauses : this.limits).push(ms);
    if (isPause && !this.holds) {
      this.advance(ms);
      return new Promise((resolve) => setImmediate(resolve));
    }
    return new Promise((resolve, reject) => {
      const timer = { at: this.elapsed + ms, ring: resolve };
      this.timers.add(timer);
      signal.addEventListener('abort', () => {
        this.timers.delete(timer);
        reject(signal.reason);
      });
    });
  }

  advance(ms: number): void {
    this.elapsed += ms;
    for (const timer of [...this.timers]) {
      if (timer.at > this.elapsed) continue;
      this.timers.delete(timer);
      timer.ring();
    }
  }

  /** Limits and pauses that still hold: none is left behind by a call that is over. */
  get waiting(): number {
    return this.timers.size;
  }
}
