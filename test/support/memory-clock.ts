import type { Clock } from '../../src/ports/runtime.js';

/** A clock on which every sleep is over at once; `slept` says how long each would have been. */
export function hurriedClock(): Clock & { readonly slept: number[] } {
  const slept: number[] = [];
  let elapsed = 0;
  return {
    slept,
    now: () => 1_700_000_000_000 + elapsed,
    monotonic: () => elapsed,
    async sleep(ms) {
      slept.push(ms);
      elapsed += ms;
      // A turn of the event loop, so that whoever else is at work gets on.
      await new Promise((resolve) => setImmediate(resolve));
    },
  };
}

/** A promise that is settled from outside. */
export interface Gate<T = void> {
  readonly promise: Promise<T>;
  open(value: T): void;
  fail(error: Error): void;
}

export function gate<T = void>(): Gate<T> {
  let open: (value: T) => void = () => undefined;
  let fail: (error: Error) => void = () => undefined;
  const promise = new Promise<T>((resolve, reject) => {
    open = resolve;
    fail = reject;
  });
  return { promise, open, fail };
}

/** Turns of the event loop until all that can go on by itself has gone on. */
export async function settled(turns = 20): Promise<void> {
  for (let turn = 0; turn < turns; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}
