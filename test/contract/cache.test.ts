import type { Millis, Offset } from '../../src/domain/ids.js';
import { REFUSING_HINT_TTL_MS } from '../../src/domain/limits.js';
import type { Reservation } from '../../src/domain/reservation.js';
import { unknownStock } from '../../src/domain/stock.js';
import type { AdmissionAnswer, AdmissionRequest, Announcement, Queued, ReservationView } from '../../src/ports/hints.js';
import { aRow, aStock, asTold, SKU, type StockParts } from '../support/domain.js';
import { reserveOf } from '../support/memory-log.js';
import { CACHES, type CacheSide } from './cache-sides.js';

const ask = (user = 'ann', key = 'k1', quantity = 1, sku: string = SKU): AdmissionRequest => {
  const { reservationId, idempotencyKeyHash: keyHash, skuId } = reserveOf(sku, user, key, quantity);
  return { reservationId, keyHash, skuId, quantity, buyer: user, isQueueTooLong: false };
};
const row = (user = 'ann', over: Partial<Reservation> = {}): Reservation => asTold(aRow({ user, key: 'k1' }, over));
const queuedView = (user = 'ann'): ReservationView => ({
  ...row(user),
  ...{ status: 'QUEUED', reason: null, sequence: null, version: 0, decidedAt: null, expiresAt: null },
});
const queued = (user = 'ann', partition = 0): Queued => ({ view: queuedView(user), appended: { partition, offset: 12 as Offset } });
const ANN = row().reservationId;
const ADMITTED = { kind: 'admitted' };
const REUSED = { kind: 'refused', reason: 'KEY_REUSED', retryAfterMs: null };

/** Hints and nothing more: the same from the model that the simulator runs on, and from Redis with its scripts. */
describe.each(CACHES)('hints of %s', (_, open) => {
  let side: CacheSide;
  let now: Millis;
  beforeAll(async () => {
    side = await open();
  });
  beforeEach(async () => {
    await side.flush();
    now = await side.now();
  });
  afterAll(() => side?.close());

  const announce = (news: Partial<Announcement>, by = side.cache): Promise<void> =>
    by.announce({ partition: 0, nextOffset: 10 as Offset, ratePerSecond: 100, reservations: [], stocks: [], ...news });
  const hint = (parts: StockParts, decidedAt = now, by = side.cache): Promise<void> =>
    announce({ stocks: [{ ...aStock({ sequence: 1, ...parts }), decidedAt }] }, by);
  const admit = async (request = ask()): Promise<AdmissionAnswer | undefined> => (await side.cache.admit([request]))[0];
  const reasonOf = (answer: AdmissionAnswer | undefined): string | undefined => (answer?.kind === 'refused' ? answer.reason : answer?.kind);
  const waitOf = (answer: AdmissionAnswer | undefined): number | null => (answer?.kind === 'refused' ? answer.retryAfterMs : null);

  describe('at the door', () => {
    it('a request that nothing speaks against is admitted, and again until it is known to be in the log', async () => {
      expect([await admit(), await admit()]).toEqual([ADMITTED, ADMITTED]);
      expect(await side.other.read([ANN])).toEqual([null]);
      await side.other.queued([queued()]);
      expect(await admit()).toEqual({ kind: 'known', reservation: queuedView() });
    });

    it('a repeat is answered with what is known, whatever the hint says meanwhile', async () => {
      await announce({ reservations: [row('ann', { version: 4 })] });
      await hint({ total: 0 });
      expect(await admit()).toEqual({ kind: 'known', reservation: row('ann', { version: 4 }) });
      expect(reasonOf(await admit(ask('bob')))).toBe('SOLD_OUT');
    });

    it('a key that is used for something else is refused, and nobody else is meant by it', async () => {
      await admit();
      expect(await admit(ask('ann', 'k1', 1, 'sku-2'))).toEqual(REUSED);
      // Not known yet: of an admitted request no body is kept.
      expect(await admit(ask('ann', 'k1', 2))).toEqual(ADMITTED);
      await side.cache.queued([queued()]);
      expect([await admit(ask('ann', 'k1', 2)), await admit(ask('ann', 'k1', 1, 'sku-2'))]).toEqual([REUSED, REUSED]);
      expect([await admit(ask('bob', 'k1', 1, 'sku-2')), await admit(ask('ann', 'k2'))]).toEqual([ADMITTED, ADMITTED]);
    });

    it('a status that was announced claims no key', async () => {
      await announce({ reservations: [row()] });
      expect(await admit(ask('ann', 'k1', 1, 'sku-2'))).toEqual(ADMITTED);
    });

    it.each<[string, StockParts, number, string, number | null]>([
      ['not open yet', { settings: { opensAt: 60_000 } }, 1, 'SALE_NOT_OPEN', 60_000],
      ['over', { settings: { closesAt: -1 } }, 1, 'SALE_CLOSED', null],
      ['paused', { settings: { state: 'PAUSED' } }, 1, 'SALE_PAUSED', REFUSING_HINT_TTL_MS],
      ['more than one may have', { settings: { maxQuantity: 3 } }, 4, 'QUANTITY_TOO_LARGE', null],
      ['sold out', { total: 5, reserved: 3, confirmed: 2 }, 1, 'SOLD_OUT', REFUSING_HINT_TTL_MS],
      ['more than is left', { total: 5, reserved: 3 }, 3, 'SOLD_OUT', REFUSING_HINT_TTL_MS],
    ])('what is %s is refused, and nothing is kept of it', async (_, { settings = {}, ...counts }, quantity, reason, retryAfterMs) => {
      const { opensAt, closesAt } = settings;
      const times = { ...(opensAt != null && { opensAt: now + opensAt }), ...(closesAt != null && { closesAt: now + closesAt }) };
      await hint({ ...counts, settings: { ...settings, ...times } });
      const answer = await admit(ask('ann', 'k1', quantity));
      expect(reasonOf(answer)).toBe(reason);
      if (retryAfterMs === null) expect(waitOf(answer)).toBeNull();
      else {
        expect(waitOf(answer)).toBeGreaterThan(retryAfterMs - 1_900);
        expect(waitOf(answer)).toBeLessThanOrEqual(retryAfterMs);
      }
      expect(await admit(ask('ann', 'k1', quantity, 'sku-2'))).toEqual(ADMITTED);
    });

    it('what is left is given, to the last unit, within an open window', async () => {
      await hint({ total: 9, reserved: 2, confirmed: 3, settings: { maxQuantity: 4, opensAt: now - 1_000, closesAt: now + 60_000 } });
      expect([await admit(ask('ann', 'k1', 4)), reasonOf(await admit(ask('bob', 'k1', 5)))]).toEqual([ADMITTED, 'QUANTITY_TOO_LARGE']);
    });

    it('the reasons are tried in the order of the writer', async () => {
      const all = { opensAt: now + 60_000, closesAt: now - 1, state: 'PAUSED' as const, maxQuantity: 1 };
      const steps = [{}, { opensAt: null }, { closesAt: null }, { state: 'OPEN' as const }, { maxQuantity: 10 }];
      const reasons: unknown[] = [];
      let settings = {};
      for (const [at, step] of steps.entries()) {
        settings = { ...all, ...settings, ...step };
        await hint({ total: 0, sequence: at + 1, settings });
        reasons.push(reasonOf(await admit(ask('ann', 'k1', 2))));
      }
      expect(reasons).toEqual(['SALE_NOT_OPEN', 'SALE_CLOSED', 'SALE_PAUSED', 'QUANTITY_TOO_LARGE', 'SOLD_OUT']);
    });

    it.each<[string, StockParts]>([
      ['sold out', { total: 0 }],
      ['paused', { settings: { state: 'PAUSED' } }],
      ['more than one may have', { settings: { maxQuantity: 1 } }],
    ])('what is %s is refused for two seconds after it was decided, and then goes to the log', async (_, parts) => {
      await hint(parts, now - REFUSING_HINT_TTL_MS);
      expect(await admit(ask('ann', 'k1', 2))).toEqual(ADMITTED);
      await hint({ ...parts, sequence: 2 }, now - REFUSING_HINT_TTL_MS + 1_900);
      const wait = waitOf(await admit(ask('bob', 'k1', 2))) ?? 1;
      expect([wait > 0, wait <= 1_900]).toEqual([true, true]);
    });

    it('by a hint of a time to come, which another clock has left, for two seconds too', async () => {
      await hint({ total: 0 }, now + 3_600_000);
      const answer = await admit();
      expect(reasonOf(answer)).toBe('SOLD_OUT');
      expect(waitOf(answer)).toBeLessThanOrEqual(REFUSING_HINT_TTL_MS);
    });

    it('a window is believed by its times for five minutes', async () => {
      await hint({ settings: { closesAt: now - 1 } }, now - 290_000);
      expect(reasonOf(await admit())).toBe('SALE_CLOSED');
      await hint({ sequence: 2, settings: { closesAt: now - 1 } }, now - 300_000);
      expect(await admit()).toEqual(ADMITTED);
    });

    it('a stub of a SKU says nothing: it may have been created since', async () => {
      await announce({ stocks: [{ ...unknownStock(SKU, 0), sequence: 1, decidedAt: now }] });
      expect(await admit()).toEqual(ADMITTED);
    });

    it('many are answered at once, in their order, each knowing of those before it', async () => {
      await hint({ total: 1 });
      await side.cache.queued([queued()]);
      const asked = [ask('bob', 'k1', 2), ask(), ask('cy'), ask('cy', 'k1', 1, 'sku-2'), ask('cy')];
      expect((await side.cache.admit(asked)).map(reasonOf)).toEqual(['SOLD_OUT', 'known', 'admitted', 'KEY_REUSED', 'admitted']);
    });
  });

  describe('of a status', () => {
    it('every field comes back but whose command prolonged it, in the order asked', async () => {
      const rejected = aRow({ user: 'ann', key: 'k1' }, { status: 'REJECTED', sequence: 8, version: 9 });
      const paid = aRow({ user: 'bob', key: 'k1' }, { status: 'CONFIRMED', extensionId: reserveOf(SKU).commandId });
      await announce({ reservations: [rejected, paid] });
      const [bob, nobody] = [paid.reservationId, ask('nobody').reservationId];
      expect(await side.other.read([bob, nobody, ANN, bob])).toEqual([asTold(paid), null, asTold(rejected), asTold(paid)]);
    });

    it('QUEUED takes the place of nothing and of the mark of the door, never of a decision', async () => {
      await side.cache.queued([queued('bob')]);
      await admit();
      await side.other.queued([queued()]);
      expect(await side.cache.read([ANN, row('bob').reservationId])).toEqual([queuedView(), queuedView('bob')]);
      await announce({ reservations: [row('ann', { version: 3 })] });
      await side.other.queued([queued()]);
      expect(await side.cache.read([ANN])).toEqual([row('ann', { version: 3 })]);
    });

    it('an older version never takes the place of a newer one, and the same one may say it anew', async () => {
      const versions = [3, 10, 9, 10, 2];
      for (const [at, version] of versions.entries())
        await announce({ reservations: [row('ann', { version, quantity: at + 1 })] }, at % 2 === 0 ? side.cache : side.other);
      expect(await side.cache.read([ANN])).toEqual([row('ann', { version: 10, quantity: 4 })]);
    });

    it('a decision takes the place of the mark of the door', async () => {
      await admit();
      await announce({ reservations: [row()] });
      expect(await side.cache.read([ANN])).toEqual([row()]);
    });
  });

  it('a stock hint is that of the highest sequence; the same one again changes nothing', async () => {
    expect(await side.other.stock(SKU)).toBeNull();
    for (const sequence of [7, 12, 9]) await hint({ total: 100 + sequence, reserved: 2, confirmed: 3, sequence, settings: { opensAt: 5 } });
    await hint({ total: 500, sequence: 12 }, now, side.other);
    const figures = { total: 112, available: 107, state: 'OPEN', opensAt: 5, closesAt: null, sequence: 12, asOf: now };
    expect(await side.other.stock(SKU)).toEqual(figures);
    await hint({ total: 0, sequence: 11 });
    expect(await admit()).toEqual(ADMITTED);
  });

  it('progress only grows, by partition; where it stands, its rate and its age are those told last', async () => {
    const progress = (...partitions: number[]) => side.other.queued(partitions.map((partition) => queued('ann', partition)));
    expect(await progress(0, 1)).toEqual(new Map());
    await announce({ partition: 1, nextOffset: 40 as Offset, ratePerSecond: 123.4 });
    await announce({ partition: 1, nextOffset: 9 as Offset, ratePerSecond: 7 });
    expect(
      [...(await progress(0, 1, 1))].map(([partition, { nextOffset, ratePerSecond }]) => [partition, nextOffset, ratePerSecond]),
    ).toEqual([[1, 40, 123]]);
    await announce({ partition: 1, nextOffset: 40 as Offset, ratePerSecond: 5.5 });
    const found = (await progress(1)).get(1);
    expect(found).toMatchObject({ nextOffset: 40, ratePerSecond: 6 });
    expect(found?.ageMs).toBeGreaterThanOrEqual(0);
    expect(found?.ageMs).toBeLessThanOrEqual((await side.now()) - now);
  });

  it('what is flushed is unknown, and everybody is admitted', async () => {
    await admit(ask('bob'));
    await side.cache.queued([queued()]);
    await hint({ total: 0 });
    await side.flush();
    expect([await side.cache.read([ANN]), await side.cache.stock(SKU)]).toEqual([[null], null]);
    expect([await admit(), await admit(ask('bob', 'k1', 1, 'sku-2'))]).toEqual([ADMITTED, ADMITTED]);
    expect((await side.cache.queued([queued()])).size).toBe(0);
    // A hint that is older than the one that was lost is news again.
    await hint({ total: 0, sequence: 1 });
    expect(reasonOf(await admit(ask('cy')))).toBe('SOLD_OUT');
  });
});
