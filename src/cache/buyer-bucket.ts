import type { BuyerRate, RateStanding } from '../ports/hints.js';

/**
 * A buyer's rate as a bucket that every request fills a little and time empties (GCRA): one time stamp says all of it, and where there is
 * none the bucket is empty. Microseconds, since that is what Redis's clock tells.
 */
export interface Bucket {
  /** What one request fills. */
  readonly perRequest: number;
  /** What it holds. */
  readonly depth: number;
}

export function bucketOf(rate: BuyerRate | null): Bucket | null {
  if (rate === null) return null;
  const perRequest = Math.round(1_000_000 / rate.perSecond);
  return { perRequest, depth: perRequest * rate.burst };
}

/** @param used how full it is after the request */
export function standingOf({ perRequest, depth }: Bucket, used: number): RateStanding {
  return { remaining: Math.max(0, Math.floor((depth - used) / perRequest)), resetMs: Math.ceil(used / 1_000) };
}

/** Of a request that did not fit in: when it will. */
export const retryAfterMsOf = ({ perRequest, depth }: Bucket, used: number): number =>
  Math.max(1, Math.ceil((used + perRequest - depth) / 1_000));
