import type { Client } from 'pg';
import pg from 'pg';
import { eventually } from '../../test/support/eventually.js';
import { OneSale } from '../../test/support/one-sale.js';
import { database, pools, store } from '../../test/support/stored-sale.js';
import type { Millis, Offset } from '../domain/ids.js';
import { createEventsStore } from './events-store.js';
import { createExpiryStore } from './expiry-store.js';

/**
 * Two owners at the same time, one of them evicted, commit to the same SKUs and move the same positions: whoever takes the rows in another
 * order waits crosswise, and the database ends one of them after a second.
 */
let blocker: Client;
beforeEach(async () => {
  blocker = new pg.Client({ connectionString: database.url });
  await blocker.connect();
  // Physically the later partition first: a scan alone would lock it first.
  for (const partition of [1, 0]) await pools.plain.query('insert into partitions (partition, next_offset) values ($1, 5)', [partition]);
});
afterEach(() => blocker.end());

const at = (partition: number) => ({ partition, nextOffset: 9 as Offset, fingerprint: null, appliedThrough: null });
const MOVES: readonly (readonly [string, () => Promise<void>])[] = [
  ['positions', () => store.advance([at(1), at(0)])],
  ['how far holds are swept', () => createExpiryStore(pools.plain, () => undefined).advanceSwept([1, 0], 1_000 as Millis)],
  [
    'cursors of events',
    () => createEventsStore(pools.plain, () => undefined).advance([1, 0].map((partition) => ({ partition, through: 3 as Offset }))),
  ],
];

/** Runs `work` while somebody holds the later of two rows. @returns how many earlier rows nobody has locked by then */
async function freeWhileBlocked(work: () => Promise<unknown>, later: string, earlier: string): Promise<number> {
  await blocker.query('begin');
  await blocker.query(`select from ${later} for update`);
  const working = work();
  await eventually(async () => {
    const { rows } = await blocker.query(`select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`);
    return rows.length === 1;
  });
  const { rowCount } = await blocker.query(`select from ${earlier} for update skip locked`);
  await blocker.query('commit');
  await working;
  return rowCount ?? 0;
}

it.each(MOVES)('%s are locked in the order of their partitions, however they are named', async (_, move) => {
  expect(await freeWhileBlocked(move, 'partitions where partition = 1', 'partitions where partition = 0')).toBe(0);
});

it('stock is locked in the order of the SKUs, whichever batch was ready first', async () => {
  const [earlier, later] = [new OneSale('a'), new OneSale('b')];
  // Physically the later one first, here too.
  await store.commit([later.created()]);
  await store.commit([earlier.created()]);
  const both = (): Promise<unknown> => store.commit([later.soldTo('ann'), earlier.soldTo('ann')]);
  expect(await freeWhileBlocked(both, `stock where sku_id = 'b'`, `stock where sku_id = 'a'`)).toBe(0);
  expect((await pools.plain.query('select sku_id from stock where reserved = 1')).rowCount).toBe(2);
});
