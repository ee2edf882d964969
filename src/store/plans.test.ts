import { readFileSync } from 'node:fs';
import type { Pool, PoolClient } from 'pg';
import { createTestDatabase, type TestDatabase } from '../../test/support/database.js';
import { recordingLog } from '../../test/support/log.js';
import { loadConfig } from '../config.js';
import { hotPool } from '../connections/postgres.js';

interface PlanNode {
  readonly 'Node Type': string;
  readonly 'Relation Name'?: string;
  readonly 'Index Name'?: string;
  readonly 'Index Cond'?: string;
  readonly Plans?: readonly PlanNode[];
}

let database: TestDatabase;
let pool: Pool;
let client: PoolClient;

beforeAll(async () => {
  database = await createTestDatabase();
  pool = hotPool(loadConfig({ FLASHSALE_DATABASE_URL: database.url }).postgres, { name: 'test-plans', connections: 1 }, recordingLog());
  client = await pool.connect();
});
afterAll(async () => {
  client?.release();
  await pool?.end();
  await database?.drop();
});

/** The generic plan of a statement file, as a hot connection would make it while the tables are empty; its nodes from the top. */
async function planOf(name: string): Promise<PlanNode[]> {
  const text = readFileSync(new URL(`./sql/${name}.sql`, import.meta.url), 'utf8');
  await client.query('deallocate all');
  await client.query(`prepare "${name}" as ${text}`);
  const parameters = Math.max(...[...text.matchAll(/\$(\d+)/g)].map(([, number]) => Number(number)));
  const nulls = Array.from({ length: parameters }, () => 'null').join(', ');
  const { rows } = await client.query(`explain (format json) execute "${name}"(${nulls})`);
  const nodes: PlanNode[] = [];
  const walk = (node: PlanNode): void => {
    nodes.push(node);
    node.Plans?.forEach(walk);
  };
  walk(rows[0]['QUERY PLAN'][0].Plan);
  return nodes;
}

const tableReads = (nodes: readonly PlanNode[]): PlanNode[] =>
  nodes.filter((node) => node['Relation Name'] !== undefined && node['Node Type'] !== 'ModifyTable');

it.each([
  ['load-stocks', ['stock_pkey']],
  ['load-reservations', ['reservations_pkey', 'reservations_pkey']],
  ['load-commands', ['operator_log_pkey']],
  ['commit', ['reservations_pkey', 'stock_pkey']],
])('%s reads each table by its index, in nested loops, planned on empty tables', async (name, indexes) => {
  const nodes = await planOf(name);
  const reads = tableReads(nodes);
  expect(reads.map((node) => node['Node Type']).filter((type) => type !== 'Index Scan' && type !== 'Index Only Scan')).toEqual([]);
  expect(reads.map((node) => node['Index Name']).sort()).toEqual(indexes);
  expect(nodes.map((node) => node['Node Type']).filter((type) => /Hash Join|Merge Join|Gather/.test(type))).toEqual([]);
});

it('what a buyer has of a SKU is found between the first and the last of its ids', async () => {
  const [, range] = tableReads(await planOf('load-reservations'));
  expect(range?.['Index Cond']).toMatch(/reservation_id >= .*first_id.*reservation_id <= .*last_id/);
});

it.each([
  ['reservations-page', ['reservations_pkey']],
  ['reservations-of-buyer', ['reservations_pkey', 'reservations_pkey', 'reservations_pkey']],
  ['ledger-page', ['ledger_pkey', 'ledger_pkey']],
])('%s is read in the order of the primary key, as far as the page goes', async (name, indexes) => {
  const nodes = await planOf(name);
  const reads = tableReads(nodes);
  expect(reads.map((node) => node['Index Name'])).toEqual(indexes);
  for (const read of reads) expect(read['Index Cond']).toMatch(/(reservation_id|first_sequence) [<>]/);
});

it("no page of reservations is sorted, but a buyer's, which is found first", async () => {
  const sorts = async (name: string) => (await planOf(name)).map((node) => node['Node Type']).filter((type) => type === 'Sort');
  expect(await sorts('reservations-page')).toEqual([]);
  expect(await sorts('ledger-page')).toEqual([]);
  expect(await sorts('reservations-of-buyer')).toEqual(['Sort']);
});
