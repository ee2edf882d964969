import type { Counter } from 'prom-client';

/**
 * Makes the series exist before the first event: `increase()` over a counter that appears with 1 sees nothing, and a panel without data
 * cannot be told from a panel without events.
 */
export function startAtZero<Label extends string>(counter: Counter<Label>, labels: readonly Record<Label, string>[]): void {
  for (const values of labels) counter.inc(values, 0);
}
