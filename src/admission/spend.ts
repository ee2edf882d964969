import { buyerKey, type Principal } from '../domain/ids.js';
import type { HintCache, RateAnswer } from '../ports/hints.js';

export interface SpendDependencies {
  readonly cache: Pick<HintCache, 'spend'>;
  readonly guarded: <T>(call: () => Promise<T>) => Promise<T>;
  readonly onRefused: () => void;
}

/** Counts what a buyer asks for beside new reservations, in the same bucket. Without Redis nobody is counted. */
export function createSpend({ cache, guarded, onRefused }: SpendDependencies): (buyer: Principal) => Promise<RateAnswer> {
  return async (buyer) => {
    const answer = await guarded(() => cache.spend(buyerKey(buyer))).catch((): RateAnswer => ({ retryAfterMs: null }));
    if (answer.retryAfterMs !== null) onRefused();
    return answer;
  };
}
