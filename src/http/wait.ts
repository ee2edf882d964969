import type { ReservationId } from '../domain/ids.js';
import type { ReservationView } from '../ports/hints.js';
import { dependency } from './dependency.js';
import type { Answer } from './respond.js';
import type { AppDependencies } from './services.js';

/**
 * Waits for a decision on behalf of a client, no longer than that client stays. Says in the answer that the preference was honoured.
 * @returns null when undecided, or when nobody is left to be told
 * @throws DependencyFailed
 */
export async function waitFor(
  { waitForDecision }: Pick<AppDependencies, 'waitForDecision'>,
  id: ReservationId,
  seconds: number,
  res: Answer,
): Promise<ReservationView | null> {
  const client = new AbortController();
  const leave = (): void => client.abort();
  res.once('close', leave);
  try {
    res.setHeader('Preference-Applied', `wait=${seconds}`);
    return await dependency('decisions', waitForDecision(id, seconds * 1000, client.signal));
  } catch (error) {
    if (client.signal.aborted) return null;
    throw error;
  } finally {
    res.off('close', leave);
  }
}
