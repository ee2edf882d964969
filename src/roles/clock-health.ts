import type { Millis } from '../domain/ids.js';
import type { Clock } from '../ports/runtime.js';

/** Requests are dated by this process and judged by the database: 30 s behind it, every one would be refused as too late. */
const MAX_SKEW_MS = 5_000;

export interface ClockHealth {
  readonly name: 'clock';
  readonly ok: boolean;
  readonly detail?: string;
}

/**
 * Compares this process's clock with the database's, as well as a round trip lets one: to half of it.
 * @param databaseNow the question under way, sent just now
 * @returns fine also where the database does not answer: somebody else says so
 */
export async function clockHealth(databaseNow: Promise<Millis>, clock: Pick<Clock, 'now'>): Promise<ClockHealth> {
  const asked = clock.now();
  const now = await databaseNow.catch(() => null);
  if (now === null) return { name: 'clock', ok: true };
  const skew = (asked + clock.now()) / 2 - now;
  if (Math.abs(skew) <= MAX_SKEW_MS) return { name: 'clock', ok: true };
  const seconds = Math.round(Math.abs(skew) / 1_000);
  return { name: 'clock', ok: false, detail: `${seconds} s ${skew > 0 ? 'ahead of' : 'behind'} the database` };
}
