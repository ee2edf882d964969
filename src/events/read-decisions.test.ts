import { configureOf, reserveOf, skuNamed } from '../../test/support/memory-log.js';
import { commit, pools } from '../../test/support/stored-sale.js';
import { createReaderStore } from '../store/reader-store.js';
import { createReadDecisions } from './read-decisions.js';

/** Three entries of 4, 3 and 1 decisions, and another SKU's beside them. */
beforeEach(async () => {
  await commit([configureOf('hat', 2), configureOf('cap', 2), ...['a', 'b', 'c'].map((user) => reserveOf('hat', user))], 10);
  await commit([reserveOf('hat', 'a'), reserveOf('cap', 'a'), reserveOf('hat', 'd'), reserveOf('hat', 'e')], 20);
  await commit([reserveOf('hat', 'f')], 30);
});

const read = (after: number, limit: number) =>
  createReadDecisions(createReaderStore(pools.load, () => undefined))(skuNamed('hat'), after, limit);

test('by sequence, in the words of the events', async () => {
  const { decisions, hasMore } = await read(0, 100);
  expect(hasMore).toBe(false);
  expect(decisions.map(({ sequence, type }) => [sequence, type.replace(/^flashsale\.|\.v1$/g, '')])).toEqual([
    [1, 'sku.configured'],
    [2, 'reservation.reserved'],
    [3, 'reservation.reserved'],
    [4, 'reservation.rejected'],
    [5, 'command.repeated'],
    [6, 'reservation.rejected'],
    [7, 'reservation.rejected'],
    [8, 'reservation.rejected'],
  ]);
  expect(decisions[1]).toMatchObject({ data: { skuId: 'hat', sequence: 2, userId: 'a', quantity: 1 }, decidedAt: expect.any(String) });
});

test.each([1, 2, 3, 4, 5, 8, 9])('every page of %i is where the one before ended, in the middle of an entry too', async (limit) => {
  const seen: number[] = [];
  for (let more = true; more; ) {
    const page = await read(seen.at(-1) ?? 0, limit);
    expect(page.decisions.length).toBe(Math.min(limit, 8 - seen.length));
    seen.push(...page.decisions.map(({ sequence }) => sequence));
    more = page.hasMore;
  }
  expect(seen).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
});

test('behind the end there is nothing', async () => {
  expect(await read(8, 10)).toEqual({ decisions: [], hasMore: false });
  expect(await read(999, 10)).toEqual({ decisions: [], hasMore: false });
});
