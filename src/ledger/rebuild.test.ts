import type pg from 'pg';
import { createTestDatabase, type TestDatabase } from '../../test/support/database.js';
import { configureOf, reserveOf } from '../../test/support/memory-log.js';
import { database, pools, store } from '../../test/support/stored-sale.js';
import { adjustOf, eventfulSale, holdOf, LivingSale } from '../../test/support/whole-lives.js';
import { loadConfig } from '../config.js';
import { createClient } from '../connections/postgres.js';
import { rebuild } from './rebuild.js';
import { isEmpty, whyNotMigrated } from './rebuild-target.js';
import { verify } from './verify.js';

let other: TestDatabase;
let source: pg.Client;
let target: pg.Client;

const clientOf = async (url: string): Promise<pg.Client> => {
  const client = createClient(loadConfig({ FLASHSALE_DATABASE_URL: url }).postgres, 'test');
  await client.connect();
  return client;
};

beforeEach(async () => {
  other = await createTestDatabase();
  source = await clientOf(database.url);
  target = await clientOf(other.url);
});

afterEach(async () => {
  await Promise.all([source?.end(), target?.end()]);
  await other?.drop();
});

async function commitAll(sale: LivingSale): Promise<void> {
  for (const batch of sale.batches) expect((await store.commit([batch])).size).toBe(1);
}

/** Entries for more than two pages, whose later ones change what the earlier ones made. */
function longSale(sku: string): LivingSale {
  const sale = new LivingSale(sku);
  sale.next(0, [configureOf(sku, 500, { holdSeconds: 60, name: 'a "quoted" \\ name' })]);
  for (let n = 0; n < 120; n += 1) {
    const before = `u${n - 60}`;
    const later = [holdOf(sku, 'confirm', before), holdOf(sku, 'cancel', `${before}x`), holdOf(sku, 'extend', `u${n - 55}`, { detail: 9 })];
    sale.next(n, [reserveOf(sku, `u${n}`), reserveOf(sku, `u${n}x`), ...later]);
  }
  sale.next(125, [adjustOf(sku, -200)]);
  return sale;
}

const TABLES = ['stock', 'reservations', 'ledger'];
const contents = (client: pg.Client): Promise<unknown[][]> =>
  Promise.all(TABLES.map(async (table) => (await client.query(`select * from ${table} order by 1, 2, 3`)).rows));

test('all columns of stock, reservations and ledger come out as they were', async () => {
  const stub = new LivingSale('stub');
  stub.next(3, [reserveOf('stub', 'ann')]);
  for (const sale of [eventfulSale('hot'), longSale('long'), stub]) await commitAll(sale);
  expect(await isEmpty(target)).toBe(true);
  expect(await rebuild({ source, target })).toBeNull();
  expect(await contents(target)).toEqual(await contents(source));
  expect(await isEmpty(target)).toBe(false);
  const verified = await verify(target);
  expect(verified).toMatchObject({ skus: 3, findings: [] });
  expect(verified).toEqual(await verify(source));
});

test('rows and counts of the source do not matter: the ledger alone is read', async () => {
  await commitAll(eventfulSale('hot'));
  const before = await contents(source);
  await pools.plain.query('delete from reservations');
  await pools.plain.query('update stock set reserved = 0, confirmed = 0, total = 0');
  expect(await rebuild({ source, target })).toBeNull();
  expect(await contents(target)).toEqual(before);
});

test('nothing is built from a broken ledger', async () => {
  await commitAll(eventfulSale('cold'));
  await commitAll(eventfulSale('hot'));
  await pools.plain.query(`delete from ledger where sku_id = 'hot' and first_sequence = 9`);
  expect(await rebuild({ source, target })).toMatchObject({ skuId: 'hot', table: 'ledger', sequence: 15 });
  expect(await isEmpty(target)).toBe(true);
});

test('the source itself is no target, by whatever address', async () => {
  const again = await clientOf(database.url.replace('127.0.0.1', 'localhost'));
  expect(await whyNotMigrated(source, again)).toBe('it is the database that the ledger is in');
  await again.end();
  expect(await whyNotMigrated(source, target)).toBeNull();
});
