import type { Random } from '../ports/runtime.js';

const FIRST_MS = 20;
const MAX_MS = 1_000;

/** Exponential with full jitter, so that partitions that failed together do not come back together. */
export function backoffMs(attempt: number, random: Random): number {
  return random.fraction() * Math.min(MAX_MS, FIRST_MS * 2 ** (attempt - 2));
}
