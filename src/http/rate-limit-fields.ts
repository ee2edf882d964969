import type { BuyerRate, RateStanding } from '../ports/hints.js';
import type { Answer } from './respond.js';

/** Tells a client how much it may still ask for (draft-ietf-httpapi-ratelimit-headers). */
export type RateLimitFields = (res: Answer, standing: RateStanding | undefined) => void;

/** Structured fields: `q` requests in `w` seconds, `r` of them left, all of them again after `t` seconds. */
export function rateLimitFields(rate: BuyerRate | null): RateLimitFields {
  if (rate === null) return () => undefined;
  const policy = `"buyer";q=${rate.burst};w=${Math.max(1, Math.ceil(rate.burst / rate.perSecond))}`;
  return (res, standing) => {
    if (standing === undefined) return;
    res.setHeader('RateLimit-Policy', policy);
    res.setHeader('RateLimit', `"buyer";r=${standing.remaining};t=${Math.ceil(standing.resetMs / 1_000)}`);
  };
}
