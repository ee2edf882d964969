import { pools } from '../../test/support/stored-sale.js';
import type { Offset } from '../domain/ids.js';
import type { EventsStore } from '../ports/events.js';
import { createEventsStore } from './events-store.js';

const ALL = { entries: 250, bytes: 1_000_000 };
let store: EventsStore;

beforeEach(() => {
  store = createEventsStore(pools.plain, () => undefined);
});

/** An entry of one offset for each of these, decided so many seconds ago; the decisions are so many bytes. */
async function write(partition: number, entries: readonly { sku: string; offset: number; bytes?: number; secondsAgo?: number }[]) {
  for (const { sku, offset, bytes = 10, secondsAgo = 0 } of entries)
    await pools.plain.query(
      `insert into ledger select $1, $2::int, $3::bigint + 1, $3::bigint + 1, $3, $3, clock_timestamp() - make_interval(secs => $4), repeat('x', $5), '', ''`,
      [sku, partition, offset, secondsAgo, bytes],
    );
}

const position = (partition: number, next: number, relayed: number | null = null) =>
  pools.plain.query('insert into partitions (partition, next_offset, relayed_through) values ($1, $2, $3)', [partition, next, relayed]);

const offsets = async (partition: number, limits = ALL) =>
  (await store.pages([partition], limits)).flatMap(({ entries }) => entries.map(({ skuId, lastOffset }) => `${skuId}@${lastOffset}`));

test('a page begins at the cursor, ends below the position, and goes by last offset over all SKUs', async () => {
  const entries = [7, 3, 5, 4, 6].map((offset) => ({ sku: offset % 2 === 0 ? 'even' : 'odd', offset }));
  await write(1, entries);
  await write(2, [{ sku: 'elsewhere', offset: 5 }]);
  await position(1, 7, 4);
  expect(await offsets(1)).toEqual(['even@4', 'odd@5', 'even@6']);
  expect(await offsets(9)).toEqual([]);
});

test.each([
  [{ entries: 2, bytes: 1_000 }, 2, true],
  [{ entries: 9, bytes: 101 }, 2, true],
  [{ entries: 9, bytes: 1 }, 1, true],
  [{ entries: 9, bytes: 1_000 }, 3, false],
])('within %j there are %i of 3 entries of 100 bytes; more may follow: %j', async (limits, count, isFull) => {
  await write(
    1,
    [1, 2, 3].map((offset) => ({ sku: 'sku', offset, bytes: 100 })),
  );
  await position(1, 10);
  const [page] = await store.pages([1], limits);
  expect([page?.entries.length, page?.isFull]).toEqual([count, isFull]);
});

test('of several partitions each has a page with limits of its own, or none', async () => {
  for (const partition of [3, 1])
    await write(
      partition,
      [1, 2, 3].map((offset) => ({ sku: `sku-${partition}`, offset })),
    );
  await position(1, 10, 3);
  await position(2, 10);
  await position(3, 10);
  const pages = await store.pages([3, 2, 1, 4], { entries: 2, bytes: 1_000 });
  expect(pages.map(({ partition, entries, isFull }) => [partition, entries.map(({ skuId }) => skuId), isFull])).toEqual([
    [1, ['sku-1'], false],
    [3, ['sku-3', 'sku-3'], true],
  ]);
});

test('the cursor only moves forward', async () => {
  await position(1, 10);
  await position(2, 10);
  for (const through of [4, 2, 6, 5] as Offset[])
    await store.advance([
      { partition: 2, through: 3 as Offset },
      { partition: 1, through },
    ]);
  const { rows } = await pools.plain.query('select relayed_through from partitions order by partition');
  expect(rows).toEqual([{ relayed_through: 6 }, { relayed_through: 3 }]);
});

test('partitions that have something to publish are told with the age of the oldest of it', async () => {
  await write(1, [
    { sku: 'a', offset: 1, secondsAgo: 99 },
    { sku: 'b', offset: 2, secondsAgo: 20 },
    { sku: 'b', offset: 3 },
  ]);
  await write(2, [{ sku: 'c', offset: 1 }]);
  await position(1, 4, 2);
  await position(2, 9, 2);
  await position(3, 9);
  expect(await store.waiting([1, 2, 3])).toEqual([{ partition: 1, ageSeconds: expect.closeTo(20, 0) }]);
});

test('prepared while the ledger was empty, its statements still go by the index when it is long', async () => {
  await pools.plain.query('insert into partitions (partition, next_offset) select p, 0 from generate_series(0, 9) p');
  const client = await pools.plain.connect();
  try {
    // From the sixth time on PostgreSQL may keep one plan for all.
    const own = createEventsStore(client as never, () => undefined);
    for (let n = 0; n < 10; n += 1) await Promise.all([own.pages([3, 4], ALL), own.waiting([0, 1, 2])]);
    await client.query(`insert into ledger
      select 'sku-' || n % 50, n % 10, n + 1, n + 1, n, n, clock_timestamp(), repeat('x', 500), '', '' from generate_series(0, 9999) n`);
    await client.query('update partitions set next_offset = 10000');
    for (const execute of [`"relay-pages"('{3,4}', 250, 65536)`, `"relay-waiting"('{0,1,2}')`]) {
      const { rows } = await client.query<{ 'QUERY PLAN': string }>(`explain execute ${execute}`);
      const plan = rows.map((row) => row['QUERY PLAN']).join('\n');
      expect(plan).toContain('Index Scan using ledger_by_offset');
      expect(plan).not.toContain('Seq Scan on ledger');
    }
  } finally {
    client.release(true);
  }
});
