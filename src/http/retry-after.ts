import type { Random } from '../ports/runtime.js';

const LONGEST_MS = 60_000;

/** Up to twice as long: those who are sent away together must not come back together. A minute at most. */
export const spread = (ms: number, random: Pick<Random, 'fraction'>): number => Math.min(LONGEST_MS, ms * (1 + random.fraction()));

/** Where it is the process that has too much to do: that is over soon, and then nobody should still be waiting to come back. */
export const OVERLOADED_RETRY_MS = 2_000;
