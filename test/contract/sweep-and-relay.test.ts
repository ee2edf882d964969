import type { Millis, Offset } from '../../src/domain/ids.js';
import type { OverdueCursor } from '../../src/ports/expiry.js';
import { cancelOf, configureOf, confirmOf, expireOf, extendOf, reserveOf } from '../support/memory-log.js';
import { DATABASES, type DatabaseSide } from './database-sides.js';
import { commit } from './stored.js';

const FROM_THE_BEGINNING: OverdueCursor = { expiresAt: 0, reservationId: '00000000-0000-0000-0000-000000000000' };
const ALL = { entries: 250, bytes: 1_000_000 };
const HOLD_MS = 60_000;
/** What was decided so long ago comes too late: it is decided in time to come, and made older. */
const AHEAD_MS = 3_600_000;

/** What runs beside the writer, by the database's clock: the same on the model that the simulator runs on, and on the server. */
describe.each(DATABASES)('on %s', (_, open) => {
  let side: DatabaseSide;
  beforeAll(async () => {
    side = await open();
  });
  beforeEach(() => side.empty());
  afterAll(() => side?.close());

  const position = (partition: number, next: number): Promise<void> =>
    side.owner.advance([{ partition, nextOffset: next as Offset, fingerprint: null, appliedThrough: null }]);

  describe('overdue holds', () => {
    const users = ['ann', 'bob', 'cy', 'later', 'poison'];
    const idOf = (user: string): string => reserveOf('hot', user).reservationId;
    /** Holds that have been over for so long; of a negative time, as long to go. */
    async function holdsOver(ms: readonly number[]): Promise<void> {
      const now = await side.owner.now();
      await commit(side.owner, [configureOf('hot', 99, { holdSeconds: HOLD_MS / 1_000 })], 0, now + AHEAD_MS - 10 * HOLD_MS);
      // Decided in the order of time, as the clock goes.
      const order = ms.map((late, at) => ({ late, user: users[at]! })).sort((a, b) => b.late - a.late);
      for (const [at, { late, user }] of order.entries())
        await commit(side.owner, [reserveOf('hot', user)], 10 + at, now + AHEAD_MS - HOLD_MS - late);
      await side.older(AHEAD_MS);
    }
    async function pages(limit: number, after = FROM_THE_BEGINNING): Promise<string[][]> {
      const { holds } = await side.expiry.overdue(after, limit);
      const last = holds.at(-1);
      return last === undefined ? [] : [holds.map(({ reservationId }) => reservationId), ...(await pages(limit, last))];
    }

    it('are those that are over by now, oldest first, in pages that neither repeat nor leave out', async () => {
      await holdsOver([5_000, 20_000, 10_000, -30_000, 1]);
      expect(await pages(2)).toEqual([
        [idOf('bob'), idOf('cy')],
        [idOf('ann'), idOf('poison')],
      ]);
      const [first] = (await side.expiry.overdue(FROM_THE_BEGINNING, 1)).holds;
      expect(first).toEqual({ reservationId: idOf('bob'), skuId: 'hot', expiresAt: expect.any(Number) });
    });

    it('of one moment come each once, by their ids', async () => {
      await holdsOver([7, 7, 7, 7, 7]);
      expect((await pages(2)).flat()).toEqual(users.map(idOf).sort());
    });

    it('are told with the time by which they are over', async () => {
      await holdsOver([1_000]);
      const before = await side.owner.now();
      const { now, holds } = await side.expiry.overdue(FROM_THE_BEGINNING, 9);
      const after = await side.owner.now();
      expect([before <= now, now <= after, holds.every(({ expiresAt }) => expiresAt <= now)]).toEqual([true, true, true]);
      const nobody = await side.expiry.overdue({ ...FROM_THE_BEGINNING, expiresAt: now }, 9);
      expect([nobody.holds, nobody.now >= after]).toEqual([[], true]);
    });

    it('that are paid, given back, over or prolonged are none', async () => {
      const now = await side.owner.now();
      const ended = [confirmOf('hot', 'ann'), cancelOf('hot', 'bob'), extendOf('hot', 'cy', 'k1', 60)];
      await commit(side.owner, [configureOf('hot', 99, { holdSeconds: 1 })], 0, now - 9_000);
      await commit(side.owner, [...users.map((user) => reserveOf('hot', user)), ...ended], 10, now - 9_000);
      await commit(side.owner, [expireOf('hot', 'later')], 30, now - 1_000);
      expect((await pages(9)).flat()).toEqual([idOf('poison')]);
    });
  });

  it('how far a partition is swept only grows, and is kept where there is a position', async () => {
    const { expiry } = side;
    await Promise.all([position(1, 0), position(2, 0)]);
    await expiry.advanceSwept([1, 3], 5_000);
    await expiry.advanceSwept([1, 2], 3_000);
    const found = (): Promise<ReadonlyMap<number, Millis>> => expiry.swept([1, 2, 3]);
    expect([...(await found())].sort()).toEqual([
      [1, 5_000],
      [2, 3_000],
    ]);
    await position(3, 0);
    expect((await found()).has(3)).toBe(false);
    expect(await expiry.swept([2])).toEqual(new Map([[2, 3_000]]));
  });

  describe('the relay', () => {
    /** Entries that end at the offsets 0, 2, 3 and 5, of two SKUs. */
    async function fourEntries(now?: Millis): Promise<void> {
      await commit(side.owner, [configureOf('hot', 9)], 0, now);
      await commit(side.owner, [configureOf('warm', 9), reserveOf('warm')], 1, now);
      await commit(side.owner, [reserveOf('hot')], 3, now);
      await commit(side.owner, [reserveOf('hot', 'bob'), reserveOf('hot', 'cy')], 4, now);
    }
    const read = async (partitions: readonly number[] = [0], limits = ALL) =>
      (await side.events.pages(partitions, limits)).map(({ partition, entries, isFull }) => ({
        ...{ partition, entries: entries.map(({ skuId, lastOffset }) => `${skuId}@${lastOffset}`), isFull },
      }));
    const through = (partition: number, offset: number): Promise<void> => side.events.advance([{ partition, through: offset as Offset }]);

    it('reads from its cursor to the position, by last offset over all SKUs', async () => {
      await fourEntries();
      expect(await read()).toEqual([]);
      await position(0, 5);
      expect(await read()).toEqual([{ partition: 0, entries: ['hot@0', 'warm@2', 'hot@3'], isFull: false }]);
      await through(0, 2);
      expect(await read()).toEqual([{ partition: 0, entries: ['warm@2', 'hot@3'], isFull: false }]);
      await through(0, 5);
      expect(await read()).toEqual([]);
      await position(0, 6);
      expect(await read()).toEqual([{ partition: 0, entries: ['hot@5'], isFull: false }]);
    });

    it('reads an entry as it was committed', async () => {
      const [batch] = await commit(side.owner, [configureOf('hot', 1), reserveOf('hot'), reserveOf('hot', 'bob')]);
      await position(0, 3);
      const { skuId, firstSequence, lastOffset, now: decidedAt, decisions } = batch!.entry;
      const [page] = await side.events.pages([0], ALL);
      expect(page?.entries).toEqual([{ skuId, firstSequence, lastOffset, decidedAt, decisions }]);
    });

    it.each([
      [{ entries: 3, bytes: 1_000_000 }, 3, true],
      [{ entries: 4, bytes: 1_000_000 }, 4, true],
      [{ entries: 5, bytes: 1_000_000 }, 4, false],
      [{ entries: 9, bytes: 1 }, 1, true],
    ])('within %j reads %i of 4 entries; a limit ended it: %j', async (limits, count, isFull) => {
      await fourEntries();
      await position(0, 6);
      const [page] = await side.events.pages([0], limits);
      expect([page?.entries.length, page?.isFull]).toEqual([count, isFull]);
    });

    it('reads no further than the entry that reaches the limit of bytes', async () => {
      await fourEntries();
      await position(0, 6);
      const [page] = await side.events.pages([0], ALL);
      const [first, second] = page!.entries.map(({ decisions }) => Buffer.byteLength(decisions)) as [number, number];
      const lengths = await Promise.all(
        [first, first + 1, first + second, first + second + 1].map((bytes) => read([0], { entries: 9, bytes })),
      );
      expect(lengths.map(([found]) => found?.entries.length)).toEqual([1, 2, 2, 3]);
    });

    it('has a page for each partition that has entries, by their numbers', async () => {
      await fourEntries();
      await Promise.all([position(0, 6), position(3, 9)]);
      expect((await read([3, 0, 7])).map(({ partition }) => partition)).toEqual([0]);
    });

    it('moves its cursor only forward, and only where there is a position', async () => {
      await fourEntries();
      await through(0, 3);
      await position(0, 6);
      expect((await read())[0]?.entries).toHaveLength(4);
      for (const offset of [3, 1]) await through(0, offset);
      expect((await read())[0]?.entries).toEqual(['hot@3', 'hot@5']);
    });

    it('is told what waits, and for how long by the clock', async () => {
      const now = await side.owner.now();
      await fourEntries(now - 3_000);
      expect(await side.events.waiting([0, 1])).toEqual([]);
      await Promise.all([position(0, 4), position(1, 9)]);
      const [waiting, ...others] = await side.events.waiting([0, 1]);
      const asked = (await side.owner.now()) - now;
      expect([waiting?.partition, others]).toEqual([0, []]);
      expect(waiting?.ageSeconds).toBeGreaterThanOrEqual(3);
      expect(waiting?.ageSeconds).toBeLessThanOrEqual(3 + (asked + 1) / 1_000);
      await through(0, 4);
      expect(await side.events.waiting([0, 1])).toEqual([]);
    });

    it('is never told of a time below nothing', async () => {
      await fourEntries((await side.owner.now()) + 60_000);
      await position(0, 6);
      expect(await side.events.waiting([0])).toEqual([{ partition: 0, ageSeconds: 0 }]);
    });
  });
});
