import type { Client } from 'pg';
import pg from 'pg';
import { eventually } from '../../test/support/eventually.js';
import { database, pools, store } from '../../test/support/stored-sale.js';
import type { Millis, Offset } from '../domain/ids.js';
import { createEventsStore } from './events-store.js';
import { createExpiryStore } from './expiry-store.js';

/** Two owners at the same time, one of them evicted, move the same positions: whoever takes the rows in another order waits crosswise. */
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

it.each(MOVES)('%s are locked in the order of their partitions, however they are named', async (_, move) => {
  await blocker.query('begin');
  await blocker.query('select from partitions where partition = 1 for update');
  const moving = move();
  await eventually(async () => {
    const { rows } = await blocker.query(`select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`);
    return rows.length === 1;
  });
  // It waits for the second, and so must have the first.
  const { rows } = await blocker.query('select partition from partitions where partition = 0 for update skip locked');
  await blocker.query('commit');
  await moving;
  expect(rows).toEqual([]);
});
