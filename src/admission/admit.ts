import { coalesce } from '../batching/coalesce.js';
import type { AdmissionAnswer, AdmissionRequest, HintCache } from '../ports/hints.js';

const MAX_REQUESTS_PER_CALL = 256;
const MAX_CALLS_IN_FLIGHT = 4;

/** What the door's look into the hints came to; `bypassed`: Redis did not answer. */
export type AdmissionResult = 'hit' | 'miss' | 'refused' | 'limited' | 'queue' | 'bypassed';

export interface AdmissionDependencies {
  readonly cache: Pick<HintCache, 'admit'>;
  readonly guarded: <T>(call: () => Promise<T>) => Promise<T>;
  readonly onResult: (result: AdmissionResult) => void;
}

export type Admission = (request: AdmissionRequest) => Promise<AdmissionAnswer>;

/**
 * Asks Redis whether a request may enter the log: all requests of an event-loop turn in one call. Without an answer everything may for which
 * the queue is not too long: the writer decides right in any case, the door only spares it work.
 */
export function createAdmission({ cache, guarded, onResult }: AdmissionDependencies): Admission {
  const ask = coalesce<AdmissionRequest, AdmissionAnswer>({
    maxItems: MAX_REQUESTS_PER_CALL,
    maxInFlight: MAX_CALLS_IN_FLIGHT,
    run: (requests) => guarded(() => cache.admit(requests)),
  });
  return async (request) => {
    try {
      const answer = await ask(request);
      onResult(RESULT_OF[answer.kind]);
      return answer;
    } catch {
      // Why Redis does not answer is told once, by the breaker and the connection, and not by every request.
      onResult('bypassed');
      return { kind: request.isQueueTooLong ? 'too-long' : 'admitted' };
    }
  };
}

const RESULT_OF: Readonly<Record<AdmissionAnswer['kind'], AdmissionResult>> = {
  ...{ known: 'hit', admitted: 'miss', refused: 'refused' },
  ...{ 'too-many': 'limited', 'too-long': 'queue' },
};
