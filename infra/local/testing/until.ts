import { setTimeout as wait } from 'node:timers/promises';

/** Waits for a condition of the outside world; fails by its own words instead of the suite's time-out. */
export async function until(what: string, holds: () => boolean | Promise<boolean>, withinMs = 15_000): Promise<void> {
  for (const deadline = Date.now() + withinMs; !(await holds()); await wait(10)) {
    if (Date.now() > deadline) throw new Error(`waited ${withinMs} ms in vain until ${what}`);
  }
}
