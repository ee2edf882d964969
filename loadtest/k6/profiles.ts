import { join } from 'node:path';
import { checkout } from '../../infra/local/checkout.mjs';

/** What `npm run load -- <name>` knows. Each is loadtest/k6/scripts/<name>.ts. */
export const profiles = {
  smoke: '300 requests/s for 25 s: does the way work, and hold its promises?',
  baseline: '500 requests/s for a minute: what a quiet day looks like, to compare other runs with',
  peak: '1,500 requests/s for two minutes: the busiest hour',
  spike: '1,500 requests/s within a second, all for one SKU: the doors open',
  soak: '300 requests/s for half an hour: does anything grow, or grow slower?',
  stress:
    'twice the rate every 20 s, from 500 requests/s, until it breaks (FIRST_RATE, STEPS, STEP_SECONDS): is anything lost or oversold then?',
  capacity:
    '250 requests/s more every 15 s, from 500, up to the highest rate that keeps the promises (FIRST_RATE, STEP_RATE, STEPS, STEP_SECONDS)',
  'profile-25k': '25,000 requests/s, 2 min ramp and 30 min (RATE, RAMP_SECONDS, HOLD_SECONDS for a smaller machine)',
} as const;

export type ProfileName = keyof typeof profiles;

export function isProfile(name: string): name is ProfileName {
  return Object.hasOwn(profiles, name);
}

/** Those that look for a limit: a threshold that is crossed ends them and is their result. What was accepted holds for them as for all. */
const SEARCHES: ReadonlySet<ProfileName> = new Set(['stress', 'capacity']);

export const isSearch = (profile: ProfileName): boolean => SEARCHES.has(profile);

export function scriptOf(profile: ProfileName): string {
  return join(checkout, 'loadtest/k6/scripts', `${profile}.ts`);
}
