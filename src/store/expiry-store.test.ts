import { configureOf, reserveOf } from '../../test/support/memory-log.js';
import { commit, pools } from '../../test/support/stored-sale.js';
import type { ExpiryStore } from '../ports/expiry.js';
import { createExpiryStore } from './expiry-store.js';

const FIRST = '00000000-0000-0000-0000-000000000000';
let expiry: ExpiryStore;
beforeEach(() => {
  expiry = createExpiryStore(pools.plain, () => undefined);
});

const USERS = ['ann', 'bob', 'cy', 'dan', 'eve'];
/** Holds that have been over for so many seconds; those of negative ones have as long to go. */
async function holdsOver(seconds: readonly number[]): Promise<void> {
  const users = USERS.slice(0, seconds.length);
  await commit([configureOf('hot', 99, { perUserLimit: 9 }), ...users.map((user) => reserveOf('hot', user))]);
  for (const [at, user] of users.entries())
    await pools.plain.query("update reservations set expires_at = clock_timestamp() - $2 * interval '1 second' where user_id = $1", [
      user,
      seconds[at],
    ]);
}
const users = async (ids: readonly { readonly reservationId: string }[]): Promise<string[]> => {
  const { rows } = await pools.plain.query('select reservation_id, user_id from reservations');
  const names = new Map(rows.map((row) => [row.reservation_id, row.user_id]));
  return ids.map(({ reservationId }) => names.get(reservationId));
};

it('holds that are over, the oldest first, in pages that neither repeat nor leave out', async () => {
  await holdsOver([5, 20, 10, -60, 1]);
  const first = await expiry.overdue({ expiresAt: 0, reservationId: FIRST }, 2);
  expect(await users(first.holds)).toEqual(['bob', 'cy']);
  const second = await expiry.overdue(first.holds.at(-1) as (typeof first.holds)[0], 2);
  expect(await users(second.holds)).toEqual(['ann', 'eve']);
  const third = await expiry.overdue(second.holds.at(-1) as (typeof first.holds)[0], 2);
  expect(third.holds).toEqual([]);
  expect(Math.abs(third.now - Date.now())).toBeLessThan(5_000);
});

it('of the same moment each once', async () => {
  await holdsOver([1, 1, 1, 1, 1]);
  await pools.plain.query("update reservations set expires_at = '2026-01-01T00:00:00.123Z'");
  const seen: string[] = [];
  let after = { expiresAt: Date.parse('2026-01-01T00:00:00.123Z'), reservationId: FIRST };
  for (;;) {
    const { holds } = await expiry.overdue(after, 2);
    const last = holds.at(-1);
    if (last === undefined) break;
    seen.push(...(await users(holds)));
    after = last;
  }
  expect(seen.sort()).toEqual(USERS);
});

it.each([
  ['CONFIRMED', "status = 'CONFIRMED', confirmed_at = now(), payment_reference = 'p'"],
  ['CANCELLED', "status = 'CANCELLED'"],
  ['EXPIRED', "status = 'EXPIRED'"],
])('what is %s holds nothing', async (_, change) => {
  await holdsOver([5, 5]);
  await pools.plain.query(`update reservations set ${change} where user_id = 'ann'`);
  expect(await users((await expiry.overdue({ expiresAt: 0, reservationId: FIRST }, 9)).holds)).toEqual(['bob']);
});

it('how far a partition is swept only grows, and is kept where there is a position', async () => {
  await pools.plain.query('insert into partitions (partition, next_offset) values (1, 0), (2, 0)');
  await expiry.advanceSwept([1, 3], 5_000);
  await expiry.advanceSwept([1, 2], 3_000);
  expect(await expiry.swept([1, 2, 3])).toEqual(
    new Map([
      [1, 5_000],
      [2, 3_000],
    ]),
  );
});

it('is read by the index of the holds', async () => {
  await pools.plain.query('set enable_seqscan = off');
  const { rows } = await pools.plain.query(
    "explain (format json) select reservation_id from reservations where expires_at >= to_timestamp(1) and expires_at <= now() and status = 'RESERVED' order by expires_at, reservation_id limit 9",
  );
  expect(JSON.stringify(rows)).toContain('reservations_by_expiry');
});
