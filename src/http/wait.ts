import type { ReservationId } from '../domain/ids.js';
import type { ReservationView } from '../ports/hints.js';
import { dependency } from './dependency.js';
import type { Answer } from './respond.js';
import type { AppDependencies } from './services.js';

/** Runs something for a client, with a signal that is aborted when that client leaves. */
export async function whileClientStays<T>(res: Answer, run: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const client = new AbortController();
  const leave = (): void => client.abort();
  res.once('close', leave);
  try {
    return await run(client.signal);
  } finally {
    res.off('close', leave);
  }
}

/** Says in the answer that the client's preference is honoured. */
export const honourWait = (res: Answer, seconds: number): void => void res.setHeader('Preference-Applied', `wait=${seconds}`);

/**
 * Waits for a decision on behalf of a client, no longer than that client stays. Says in the answer that the preference was honoured: it is
 * not where as many wait as may.
 * @returns null when undecided, or when nobody is left to be told
 * @throws DependencyFailed
 */
export function waitFor(
  { waitForDecision, waits }: Pick<AppDependencies, 'waitForDecision' | 'waits'>,
  id: ReservationId,
  seconds: number,
  res: Answer,
): Promise<ReservationView | null> {
  const leave = waits.take();
  if (leave === null) return Promise.resolve(null);
  return whileClientStays(res, async (signal) => {
    try {
      honourWait(res, seconds);
      return await dependency('decisions', waitForDecision(id, seconds * 1000, signal));
    } catch (error) {
      if (signal.aborted) return null;
      throw error;
    }
  }).finally(leave);
}
