import { principal } from '../../test/support/domain.js';
import type { RateAnswer } from '../ports/hints.js';
import { createSpend } from './spend.js';

const guarded = <T>(call: () => Promise<T>): Promise<T> => call();

test('a buyer of one shop is counted apart from all others, and who asks too often is noted', async () => {
  const [asked, refused]: [string[], string[]] = [[], []];
  const answers: RateAnswer[] = [{ retryAfterMs: null }, { retryAfterMs: 700 }];
  const cache = {
    spend: async (buyer: string) => {
      asked.push(buyer);
      return answers.shift() as RateAnswer;
    },
  };
  const spend = createSpend({ cache, guarded, onRefused: () => void refused.push('x') });
  expect([await spend(principal('ann')), refused.length]).toEqual([{ retryAfterMs: null }, 0]);
  expect([await spend(principal('ann', 'other')), refused.length]).toEqual([{ retryAfterMs: 700 }, 1]);
  expect(asked).toEqual(['shop ann', 'other ann']);
});

test('without Redis nobody is counted, and nobody turned away', async () => {
  const cache = { spend: () => Promise.reject(new Error('away')) };
  const spend = createSpend({ cache, guarded, onRefused: () => expect('nobody').toBe('refused') });
  expect(await spend(principal('ann'))).toEqual({ retryAfterMs: null });
});
