import { setFlagsFromString } from 'node:v8';
import { Prng } from './prng.js';

/** Whose event it is: a process that died has none any more, one that is stopped has them later. Null: a server's, or the world's. */
export type Owner = { readonly isAlive: boolean; readonly stoppedUntil: number } | null;

export interface Timer {
  cancelled: boolean;
  unref(): Timer;
}

/** What is to happen, and the handle by which it is called off. */
class Event implements Timer {
  cancelled = false;

  constructor(
    public at: number,
    /** Events of one moment come in an order of chance. */
    readonly tie: number,
    readonly owner: Owner,
    readonly run: () => void,
  ) {}

  unref(): this {
    return this;
  }
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
  /** For the servers, which everybody shares. */
  readonly random: Prng;
  /** Whose code is running. */
  current: Owner = null;
  /** Events so far. */
  steps = 0;
  private readonly heap: Event[] = [];
  private readonly order: Prng;

  constructor(private readonly seed: number) {
    this.random = new Prng(seed);
    this.order = this.randomOf('order');
  }

  /** Chance of one's own: whoever else is in the world. */
  randomOf(name: string): Prng {
    return Prng.named(this.seed, name);
  }

  later(ms: number, run: () => void, owner: Owner = this.current): Timer {
    const event = new Event(this.now + Math.max(0, ms), this.order.fraction(), owner, run);
    this.push(event);
    return event;
  }

  /**
   * Goes on until it is done, or for so many milliseconds.
   * @param askEveryMs to look whether it is: after each event, that may cost more than the event
   * @returns whether it is done
   */
  run(isDone: () => boolean, ms: number, askEveryMs = 0): Promise<boolean> {
    // Outside of any promise's continuation: within one, none of the others would get on.
    return new Promise((resolve) => realImmediate(() => resolve(this.runNow(isDone, ms, askEveryMs))));
  }

  private runNow(isDone: () => boolean, ms: number, askEveryMs: number): boolean {
    const until = this.now + ms;
    let askAt = this.now;
    for (;;) {
      if (this.now >= askAt) {
        if (isDone()) return true;
        askAt = this.now + askEveryMs;
      }
      const next = this.pop();
      if (next === undefined || next.at > until) {
        if (next !== undefined) this.push(next);
        if (isDone()) return true;
        this.now = until;
        return isDone();
      }
      this.now = Math.max(this.now, next.at);
      const { owner } = next;
      if (next.cancelled || owner?.isAlive === false) continue;
      if (owner !== null && owner.stoppedUntil > this.now) {
        next.at = owner.stoppedUntil;
        this.push(next);
        continue;
      }
      this.steps += 1;
      this.current = owner;
      next.run();
      settlePromises();
      this.current = null;
    }
  }

  private push(event: Event): void {
    const { heap } = this;
    let at = heap.length;
    heap.push(event);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const above = heap[parent] as Event;
      if (!isBefore(event, above)) break;
      heap[at] = above;
      at = parent;
    }
    heap[at] = event;
  }

  private pop(): Event | undefined {
    const { heap } = this;
    const first = heap[0];
    const last = heap.pop();
    if (first === undefined || last === undefined || heap.length === 0) return first;
    // The last one sinks from the top to its place.
    let at = 0;
    for (let child = 1; child < heap.length; child = 2 * at + 1) {
      if (child + 1 < heap.length && isBefore(heap[child + 1] as Event, heap[child] as Event)) child += 1;
      if (!isBefore(heap[child] as Event, last)) break;
      heap[at] = heap[child] as Event;
      at = child;
    }
    heap[at] = last;
    return first;
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
