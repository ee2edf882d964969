import type { Pool } from 'pg';
import { loadConfig } from '../../src/config.js';
import { hotPool, plainPool } from '../../src/connections/postgres.js';
import type { LogRecord } from '../../src/domain/command.js';
import type { SkuBatch } from '../../src/domain/decision.js';
import { createWriterStore, type WriterPools } from '../../src/store/writer-store.js';
import { groupBySku } from '../../src/writer/commands-by-sku.js';
import { prepare, whatToLoad } from '../../src/writer/prepare.js';
import { createTestDatabase, type TestDatabase } from './database.js';
import { recordingLog } from './log.js';
import { commandsIn, logOf, type Written } from './memory-log.js';

export let database: TestDatabase;
export let pools: WriterPools;
export let store: ReturnType<typeof createWriterStore>;
export const observed: string[] = [];

beforeAll(async () => {
  database = await createTestDatabase();
  const { postgres } = loadConfig({ FLASHSALE_DATABASE_URL: database.url });
  const log = recordingLog();
  pools = {
    load: hotPool(postgres, { name: 'test-load', connections: 2 }, log),
    commit: hotPool(postgres, { name: 'test-commit', connections: 1 }, log),
    plain: plainPool(postgres, { name: 'test', connections: 2 }, log),
  };
  store = createWriterStore(pools, 'topic', (statement) => observed.push(statement));
});

afterAll(async () => {
  await Promise.all(Object.values(pools ?? {}).map((pool: Pool) => pool.end()));
  await database?.drop();
});

beforeEach(() => pools.plain.query('truncate stock, reservations, ledger, operator_log, partitions, dead_letters'));

export const TABLES = ['stock', 'reservations', 'ledger', 'operator_log'];
/** Everything that a commit may change. */
export async function everything(): Promise<unknown> {
  const read = async (table: string): Promise<unknown> => (await pools.plain.query(`select * from ${table} order by 1, 2, 3`)).rows;
  return await Promise.all(TABLES.map(read));
}

export async function decide(records: readonly LogRecord[]): Promise<SkuBatch[]> {
  if (records.length === 0) return [];
  const groups = groupBySku(records);
  return [...prepare(groups, await store.load(whatToLoad(groups)), [], 0).batches.values()];
}
export const decideOn = (written: readonly Written[], from = 0): Promise<SkuBatch[]> => decide(commandsIn(logOf(written, from)));

export async function commit(written: readonly Written[], from = 0): Promise<SkuBatch[]> {
  const batches = await decideOn(written, from);
  expect(await store.commit(batches)).toEqual(new Set(batches.map(({ entry }) => entry.skuId)));
  return batches;
}

/** The id so far behind this one, in the order of the index. */
export const beside = (id: string, by: bigint): string =>
  (BigInt(`0x${id.replaceAll('-', '')}`) + by)
    .toString(16)
    .padStart(32, '0')
    .replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
export const batchOf = (batches: readonly SkuBatch[], sku: string): SkuBatch =>
  batches.find(({ entry }) => entry.skuId === sku) as SkuBatch;
