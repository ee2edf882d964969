import { join } from 'node:path';
import { checkout } from '../../infra/local/checkout.mjs';

/** What `npm run load -- <name>` knows. Each is loadtest/k6/scripts/<name>.ts. */
export const profiles = {
  smoke: '300 requests/s for 25 s: does the way work, and hold its promises?',
  baseline: '500 requests/s for a minute: what a quiet day looks like, to compare other runs with',
  peak: '1,500 requests/s for two minutes: the busiest hour',
  spike: '1,500 requests/s within a second, all for one SKU: the doors open',
  soak: '300 requests/s for half an hour: does anything grow, or grow slower?',
  'profile-25k': '25,000 requests/s, 2 min ramp and 30 min (RATE, RAMP_SECONDS, HOLD_SECONDS for a smaller machine)',
} as const;

export type ProfileName = keyof typeof profiles;

export function isProfile(name: string): name is ProfileName {
  return Object.hasOwn(profiles, name);
}

export function scriptOf(profile: ProfileName): string {
  return join(checkout, 'loadtest/k6/scripts', `${profile}.ts`);
}
