import { setFlagsFromString } from 'node:v8';
import { Prng } from './prng.js';

/** Whose event it is: a process that died has none any more, one that is stopped has them later. Null: a server's, or the world's. */
export type Owner = { readonly isAlive: boolean; readonly stoppedUntil: number } | null;

interface Event {
  readonly at: number;
  /** Events of one moment come in an order of chance. */
  readonly tie: number;
  readonly owner: Owner;
  run(): void;
}

export interface Timer {
  cancelled: boolean;
  unref(): Timer;
}

/** The platform's own, before anybody puts the world's in its place. */
const realImmediate = globalThis.setImmediate;

// A turn of the real event loop after each event would be most of the time of a run.
setFlagsFromString('--allow-natives-syntax');
const settlePromises = new Function('%PerformMicrotaskCheckpoint()') as () => void;

/**
 * Time and order: everything that happens is an event of one queue, taken by time and, within a millisecond, by chance. After each event all
 * that follows from it at once (promises) is done before the next.
 */
export class World {
  /** Milliseconds, as all clocks here would show without their skew. */
  now = 1_700_000_000_000;
  readonly random: Prng;
  /** Whose code is running. */
  current: Owner = null;
  /** Events so far. */
  steps = 0;
  private readonly heap: Event[] = [];

  constructor(seed: number) {
    this.random = new Prng(seed);
  }

  later(ms: number, run: () => void, owner: Owner = this.current): Timer {
    const timer: Timer = { cancelled: false, unref: () => timer };
    this.push({
      ...{ at: this.now + Math.max(0, ms), tie: this.random.fraction(), owner },
      run: () => {
        if (!timer.cancelled) run();
      },
    });
    return timer;
  }

  /** Goes on until it is done, or for so many milliseconds. @returns whether it is done */
  run(isDone: () => boolean, ms: number): Promise<boolean> {
    // Outside of any promise's continuation: within one, none of the others would get on.
    return new Promise((resolve) => realImmediate(() => resolve(this.runNow(isDone, ms))));
  }

  private runNow(isDone: () => boolean, ms: number): boolean {
    const until = this.now + ms;
    while (!isDone()) {
      const next = this.pop();
      if (next === undefined || next.at > until) {
        if (next !== undefined) this.push(next);
        this.now = until;
        return isDone();
      }
      this.now = Math.max(this.now, next.at);
      if (next.owner?.isAlive === false) continue;
      if (next.owner !== null && next.owner.stoppedUntil > this.now) {
        this.push({ ...next, at: next.owner.stoppedUntil });
        continue;
      }
      this.steps += 1;
      this.current = next.owner;
      next.run();
      settlePromises();
      this.current = null;
    }
    return true;
  }

  private push(event: Event): void {
    const { heap } = this;
    heap.push(event);
    for (let at = heap.length - 1; at > 0; ) {
      const parent = (at - 1) >> 1;
      if (!isBefore(event, heap[parent] as Event)) break;
      heap[at] = heap[parent] as Event;
      heap[parent] = event;
      at = parent;
    }
  }

  private pop(): Event | undefined {
    const { heap } = this;
    const [first] = heap;
    const last = heap.pop();
    if (first === undefined || last === undefined || heap.length === 0) return first;
    heap[0] = last;
    for (let at = 0; ; ) {
      let least = at;
      for (const child of [2 * at + 1, 2 * at + 2])
        if (child < heap.length && isBefore(heap[child] as Event, heap[least] as Event)) least = child;
      if (least === at) return first;
      [heap[at], heap[least]] = [heap[least] as Event, heap[at] as Event];
      at = least;
    }
  }
}

const isBefore = (a: Event, b: Event): boolean => a.at < b.at || (a.at === b.at && a.tie < b.tie);

/** Puts the world's time in the place of the platform's timers while `work` runs: what the service schedules belongs to who scheduled it. */
export async function withTimersOf<T>(world: () => World, work: () => Promise<T>): Promise<T> {
  const real = { setTimeout, setInterval, setImmediate, clearTimeout, clearInterval };
  const later = (ms: number, run: () => void): Timer => world().later(ms, run);
  const cancel = (timer: Timer | undefined): void => {
    if (timer !== undefined) timer.cancelled = true;
  };
  Object.assign(globalThis, {
    setTimeout: (run: () => void, ms = 0) => later(ms, run),
    setImmediate: (run: () => void) => later(0, run),
    setInterval: (run: () => void, ms: number) => {
      let next: Timer;
      const every: Timer = {
        get cancelled() {
          return next.cancelled;
        },
        set cancelled(value) {
          next.cancelled = value;
        },
        unref: () => every,
      };
      const again = (): void => {
        next = later(ms, () => {
          again();
          run();
        });
      };
      again();
      return every;
    },
    clearTimeout: cancel,
    clearInterval: cancel,
  });
  try {
    return await work();
  } finally {
    Object.assign(globalThis, real);
  }
}
