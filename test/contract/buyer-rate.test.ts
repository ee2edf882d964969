import fc from 'fast-check';
import type { AdmissionAnswer, AdmissionRequest, HintCache } from '../../src/ports/hints.js';
import { aStock } from '../support/domain.js';
import { eventually } from '../support/eventually.js';
import { reserveOf } from '../support/memory-log.js';
import { CACHES, type CacheSide } from './cache-sides.js';

const ask = (buyer: string, key: string, isQueueTooLong = false, sku = 'sku-1'): AdmissionRequest => {
  const { reservationId, idempotencyKeyHash: keyHash, skuId } = reserveOf(sku, buyer, key);
  return { reservationId, keyHash, skuId, quantity: 1, buyer, isQueueTooLong };
};
/** So few a second that however slow the test is, none comes back. */
const HOUR = 1 / 3_600;

/** How often a buyer may ask, and what a queue that is too long lets through: the same from the model and from Redis. */
describe.each(CACHES)('the door of %s', (_, open) => {
  let side: CacheSide;
  beforeAll(async () => {
    side = await open();
  });
  beforeEach(() => side.flush());
  afterAll(() => side?.close());

  const one = async (cache: HintCache, request: AdmissionRequest): Promise<AdmissionAnswer> =>
    (await cache.admit([request]))[0] as AdmissionAnswer;

  describe('to a buyer', () => {
    it('lets a burst in at once, then one whenever there is room again, whatever process is asked', async () => {
      const [cache, other] = side.rated({ perSecond: 50, burst: 3 });
      const together = await cache.admit(['1', '2', '3', '4'].map((key) => ask('ann', key)));
      expect(together.map(({ kind }) => kind)).toEqual(['admitted', 'admitted', 'admitted', 'too-many']);
      expect(together.map(({ standing }) => standing?.remaining)).toEqual([2, 1, 0, 0]);
      expect(together.map(({ standing }) => standing?.resetMs)).toEqual([20, 40, 60, 60]);
      expect(together[3]).toMatchObject({ retryAfterMs: 20 });
      let at = 5;
      await eventually(async () => (await one(at % 2 === 0 ? cache : other, ask('ann', String(at++)))).kind === 'admitted');
    });

    it('counts what needs no admission in the same bucket, and says when there is room again', async () => {
      const [cache, other] = side.rated({ perSecond: HOUR, burst: 3 });
      await one(cache, ask('ann', '1'));
      expect(await other.spend('ann')).toMatchObject({ retryAfterMs: null, standing: { remaining: 1 } });
      expect(await cache.spend('ann')).toMatchObject({ retryAfterMs: null, standing: { remaining: 0 } });
      const refused = await other.spend('ann');
      expect(refused.standing?.remaining).toBe(0);
      expect(refused.retryAfterMs).toBeGreaterThan(3_500_000);
      expect((await one(cache, ask('ann', '2'))).kind).toBe('too-many');
      expect(await cache.spend('bob')).toMatchObject({ retryAfterMs: null });
      const [unrated] = side.rated(null);
      for (let n = 0; n < 9; n += 1) expect(await unrated.spend('ann')).toEqual({ retryAfterMs: null });
    });

    it('no more than the burst, however they are spread over processes and calls', async () => {
      const rate = { perSecond: HOUR, burst: 4 };
      const calls = fc.array(fc.tuple(fc.boolean(), fc.integer({ min: 1, max: 5 })), { minLength: 1, maxLength: 6 });
      await fc.assert(
        fc.asyncProperty(calls, async (all) => {
          await side.flush();
          const [cache, other] = side.rated(rate);
          let key = 0;
          let admitted = 0;
          for (const [isOther, count] of all) {
            const asked = Array.from({ length: count }, () => ask('ann', String(key++)));
            for (const answer of await (isOther ? other : cache).admit(asked)) {
              if (answer.kind === 'admitted') admitted += 1;
              else expect(answer).toMatchObject({ kind: 'too-many', standing: { remaining: 0 } });
            }
          }
          expect(admitted).toBe(Math.min(rate.burst, key));
        }),
        { seed: 20_261_121, numRuns: 30 },
      );
    });

    it('nothing is kept of what was too many: its key is free, and it does not put off the next', async () => {
      const [cache] = side.rated({ perSecond: 0.5, burst: 1 });
      await one(cache, ask('ann', '1'));
      for (let n = 0; n < 5; n += 1) await one(cache, ask('ann', '2'));
      const late = await one(cache, ask('ann', '2'));
      expect(late).toMatchObject({ kind: 'too-many' });
      expect(late.kind === 'too-many' && late.retryAfterMs).toBeLessThanOrEqual(2_000);
      // The key claimed nothing: the same one for another SKU is let in.
      await eventually(async () => (await one(cache, ask('ann', '2', false, 'sku-2'))).kind === 'admitted');
    });

    it('each has a rate of their own', async () => {
      const [cache] = side.rated({ perSecond: 1, burst: 1 });
      const kinds = (await cache.admit([ask('ann', '1'), ask('bob', '1'), ask('ann', '2')])).map(({ kind }) => kind);
      expect(kinds).toEqual(['admitted', 'admitted', 'too-many']);
    });

    it('refusals and repeats count, and say what is left', async () => {
      const [cache] = side.rated({ perSecond: HOUR, burst: 3 });
      await side.cache.announce({
        ...{ partition: 0, nextOffset: 1 as never, ratePerSecond: 1, reservations: [] },
        stocks: [{ ...aStock({ total: 0, sequence: 1 }), decidedAt: await side.now() }],
      });
      const remaining = [];
      for (const key of ['1', '1', '2', '3']) {
        const { kind, standing } = await one(cache, ask('ann', key));
        remaining.push([kind, standing?.remaining]);
      }
      expect(remaining).toEqual([
        ['refused', 2],
        ['refused', 1],
        ['refused', 0],
        ['too-many', 0],
      ]);
    });

    it('without a rate anybody asks as often as they like, and nothing is said of it', async () => {
      const answers = await side.cache.admit(Array.from({ length: 200 }, (_, at) => ask('ann', String(at))));
      expect(new Set(answers.map((answer) => JSON.stringify(answer)))).toEqual(new Set(['{"kind":"admitted"}']));
    });
  });

  describe('of a queue that is too long', () => {
    it('lets nothing in and keeps nothing: the key is free for anything', async () => {
      expect(await one(side.cache, ask('ann', '1', true))).toEqual({ kind: 'too-long' });
      expect(await one(side.cache, ask('ann', '1', false, 'sku-2'))).toEqual({ kind: 'admitted' });
    });

    it('still answers a repeat, a key that was used and a sale that is over', async () => {
      const view = { ...reserveView('ann', '1') };
      await side.cache.queued([{ view, appended: { partition: 0, offset: 1 as never } }]);
      expect(await one(side.cache, ask('ann', '1', true))).toMatchObject({ kind: 'known' });
      await one(side.cache, ask('bob', '1'));
      expect(await one(side.cache, ask('bob', '1', true, 'sku-2'))).toMatchObject({ kind: 'refused', reason: 'KEY_REUSED' });
      await side.cache.announce({
        ...{ partition: 0, nextOffset: 1 as never, ratePerSecond: 1, reservations: [] },
        stocks: [{ ...aStock({ total: 0, sequence: 1 }), decidedAt: await side.now() }],
      });
      expect(await one(side.cache, ask('cy', '1', true))).toMatchObject({ kind: 'refused', reason: 'SOLD_OUT' });
    });

    it('counts what is turned away by it: who asks again at once is told to ask less often', async () => {
      const [cache] = side.rated({ perSecond: 1, burst: 1 });
      const kinds = (await cache.admit([ask('ann', '1', true), ask('ann', '1', true)])).map(({ kind }) => kind);
      expect(kinds).toEqual(['too-long', 'too-many']);
    });
  });
});

function reserveView(user: string, key: string) {
  const { reservationId, skuId, issuer, userId, quantity, timestamp, decideBy } = reserveOf('sku-1', user, key);
  return {
    ...{ reservationId, skuId, issuer, userId, quantity, status: 'QUEUED' as const, reason: null, sequence: null, version: 0 },
    ...{ queuedAt: timestamp, decideBy, decidedAt: null, expiresAt: null, confirmedAt: null, paymentReference: null },
  };
}
