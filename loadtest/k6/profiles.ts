import { join } from 'node:path';
import { checkout } from '../../infra/local/checkout.mjs';

/** What `npm run load -- <name>` knows. Each is loadtest/k6/scripts/<name>.ts. */
export const profiles = {
  smoke: '300 requests/s for 25 s: does the way work, and hold its promises?',
  'profile-25k': '25,000 requests/s, 2 min ramp and 30 min (RATE, RAMP_SECONDS, HOLD_SECONDS for a smaller machine)',
} as const;

export type ProfileName = keyof typeof profiles;

export function isProfile(name: string): name is ProfileName {
  return Object.hasOwn(profiles, name);
}

export function scriptOf(profile: ProfileName): string {
  return join(checkout, 'loadtest/k6/scripts', `${profile}.ts`);
}
