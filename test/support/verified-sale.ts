import type pg from 'pg';
import { loadConfig } from '../../src/config.js';
import { createClient } from '../../src/connections/postgres.js';
import type { SkuBatch } from '../../src/domain/decision.js';
import { describeFinding } from '../../src/ledger/fault.js';
import type { Verification } from '../../src/ledger/verify.js';
import { configureOf, reserveOf } from './memory-log.js';
import { database, pools, store } from './stored-sale.js';
import { LivingSale } from './whole-lives.js';

/** On the sale's database, one a test. */
export let client: pg.Client;

beforeEach(async () => {
  client = createClient(loadConfig({ FLASHSALE_DATABASE_URL: database.url }).postgres, 'test');
  await client.connect();
});

afterEach(() => client?.end());

/** Committed in batches of one SKU each, as a statement takes them. */
export async function commitAll(...sales: readonly LivingSale[]): Promise<void> {
  const batches: SkuBatch[] = sales.flatMap((sale) => sale.batches);
  for (const batch of batches) expect((await store.commit([batch])).size).toBe(1);
}

export function otherSale(sku: string): LivingSale {
  const sale = new LivingSale(sku);
  sale.next(0, [configureOf(sku, 1)]);
  sale.next(1, [reserveOf(sku, 'ann'), reserveOf(sku, 'bob')]);
  return sale;
}

export const sql = (text: string, values: readonly unknown[] = []): Promise<unknown> => pools.plain.query(text, values as unknown[]);

/** What a verification found, in words. */
export const report = ({ findings }: Verification): string => findings.map(describeFinding).join('\n');
