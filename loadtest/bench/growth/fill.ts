import { readFileSync } from 'node:fs';
import type pg from 'pg';
import type { SkuId } from '../../../src/domain/ids.js';
import { partitionHash, partitionOf } from '../../../src/domain/partition-hash.js';
import { PARTITIONS } from '../../stand/service.js';

const sql = (name: string): string => readFileSync(new URL(`./sql/${name}.sql`, import.meta.url), 'utf8');
const [RESERVATIONS, STOCK] = [sql('reservations'), sql('stock')];
const IN_ONE_STATEMENT = 1_000_000;

/**
 * Puts so many reservations into an empty database as if earlier sales had left them, of so many SKUs, as many of each. Rows and counters
 * agree; ledger entries they have none, which no writer would read.
 */
export async function fill(database: pg.ClientBase, reservations: number, skus: number): Promise<void> {
  const names = Array.from({ length: skus }, (_, at) => `old-${at}` as SkuId);
  const prefixes = names.map((skuId) => partitionHash(skuId).toString(16).padStart(8, '0'));
  const [each, atOnce] = [Math.ceil(reservations / skus), Math.ceil(IN_ONE_STATEMENT / skus)];
  for (let first = 1; first <= each; first += atOnce) {
    await database.query(RESERVATIONS, [names, prefixes, first, Math.min(each, first + atOnce - 1)]);
  }
  if (reservations > 0) await database.query(STOCK, [names, names.map((skuId) => partitionOf(skuId, PARTITIONS))]);
  // As autovacuum would by and by: neither it nor the writing of the new pages shall fall into what is measured.
  await database.query('vacuum (analyze) reservations, stock');
  await database.query('checkpoint');
}
