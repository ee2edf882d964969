import { configureOf, reserveOf, skuNamed } from '../../test/support/memory-log.js';
import { commit, pools } from '../../test/support/stored-sale.js';
import type { Reservation } from '../domain/reservation.js';
import type { ReservationFilter } from '../ports/store.js';
import { createReservationList } from './reservation-list.js';

const SKUS = ['hat', 'cap', 'mug'];
const USERS = ['ann', 'bob', 'cy', 'dee'];
const ANY = { issuer: reserveOf('hat', 'ann').issuer, userId: null, skuId: null, status: null } as ReservationFilter;

/** Every row there is, in the order of the ids. */
let all: readonly Reservation[];

/** Two units of each SKU, four buyers with two requests each: most are refused. */
beforeEach(async () => {
  for (const [at, sku] of SKUS.entries()) {
    const asked = USERS.flatMap((user) => ['k1', 'k2'].map((key) => reserveOf(sku, user, key)));
    await commit([configureOf(sku, 2), ...asked], 100 * at);
  }
  all = (await pageOf(ANY, null, 100)).reservations;
});

const pageOf = (filter: ReservationFilter, after: string | null, limit: number) =>
  createReservationList(pools.load, () => undefined)(filter, after, limit);

async function pagesOf(filter: ReservationFilter, limit: number): Promise<Reservation[]> {
  const found: Reservation[] = [];
  let after: string | null = null;
  do {
    const page = await pageOf(filter, after, limit);
    expect(page.reservations.length).toBeLessThanOrEqual(limit);
    found.push(...page.reservations);
    after = page.next;
  } while (after !== null);
  return found;
}

test('all of a shop, refused ones too, in the order of their ids', () => {
  const ids = all.map(({ reservationId }) => reservationId);
  expect(ids).toHaveLength(SKUS.length * USERS.length * 2);
  expect(ids).toEqual([...new Set(ids)].sort());
  expect(new Set(all.map(({ status }) => status))).toEqual(new Set(['RESERVED', 'REJECTED']));
});

const FILTERS: readonly Partial<ReservationFilter>[] = [
  {},
  { skuId: skuNamed('cap') },
  { userId: reserveOf('hat', 'bob').userId },
  { userId: reserveOf('hat', 'bob').userId, skuId: skuNamed('mug') },
  { status: 'RESERVED' },
  { status: 'CANCELLED' },
  { userId: reserveOf('hat', 'cy').userId, status: 'REJECTED' },
  { userId: reserveOf('hat', 'nobody').userId },
  { skuId: skuNamed('nowhere') },
  { issuer: 'storefront:other' as ReservationFilter['issuer'] },
  { issuer: 'storefront:other' as ReservationFilter['issuer'], userId: reserveOf('hat', 'bob').userId },
];

test.each(FILTERS)('%j: exactly these, whatever the pages', async (change) => {
  const filter = { ...ANY, ...change };
  const expected = all.filter(
    (row) =>
      row.issuer === filter.issuer &&
      (filter.userId === null || row.userId === filter.userId) &&
      (filter.skuId === null || row.skuId === filter.skuId) &&
      (filter.status === null || row.status === filter.status),
  );
  for (const limit of [1, 2, 3, 100]) expect(await pagesOf(filter, limit)).toEqual(expected);
});

test('the last page says that it is the last', async () => {
  expect((await pageOf(ANY, null, all.length)).next).toBeNull();
  expect((await pageOf(ANY, null, all.length - 1)).next).toBe(all.at(-2)?.reservationId);
});

test('what comes between two pages is in neither, or in the next: nothing is shown twice', async () => {
  const first = await pageOf(ANY, null, 5);
  await commit([reserveOf('hat', 'eve'), reserveOf('hat', 'fay'), reserveOf('hat', 'gus')], 900);
  const rest = await pagesOf(ANY, 5);
  const after = rest.filter(({ reservationId }) => reservationId > String(first.next));
  const second = await pageOf(ANY, first.next, 100);
  expect(second.reservations).toEqual(after);
});

test('how much is looked through for one page is bounded: an empty page leads on', async () => {
  const narrow = createReservationList(pools.load, () => undefined, { rows: 4, skus: 1 });
  for (const change of FILTERS) {
    const filter = { ...ANY, ...change };
    const found: Reservation[] = [];
    let [after, pages]: [string | null, number] = [null, 0];
    do {
      const page = await narrow(filter, after, 3);
      found.push(...page.reservations);
      [after, pages] = [page.next, pages + 1];
    } while (after !== null && pages < 50);
    expect([after, found]).toEqual([null, await pagesOf(filter, 100)]);
  }
  expect(await narrow({ ...ANY, status: 'CANCELLED' }, null, 3)).toEqual({ reservations: [], next: all[3]?.reservationId });
});
