import { readFileSync } from 'node:fs';
import type { ClientBase } from 'pg';
import { partitionOf } from '../domain/partition-hash.js';

const PARTITIONS_OF_SKUS = readFileSync(new URL('./sql/partitions-of-skus.sql', import.meta.url), 'utf8');
/** As many as are needed to tell any two numbers of partitions apart, and few enough to be read at every start. */
const SAMPLE = 1_000;
const MAX_PARTITIONS = 1_000;

interface Known {
  readonly sku_id: string;
  readonly partition: number;
}

/**
 * What keeps the service from starting, in words: SKUs that another number of partitions has put elsewhere. A SKU's watermark is an offset
 * of its partition; in another one commands would be passed over as decided that never were.
 */
export async function partitionFaults(client: ClientBase, partitionCount: number): Promise<readonly string[]> {
  const { rows } = await client.query<Known>(PARTITIONS_OF_SKUS, [SAMPLE]);
  const moved = rows.find(({ sku_id, partition }) => partitionOf(sku_id, partitionCount) !== partition);
  if (moved === undefined) return [];
  const former = formerCount(rows);
  const about = `SKU ${moved.sku_id} is decided in partition ${moved.partition}; of ${partitionCount} partitions it would be ${partitionOf(moved.sku_id, partitionCount)}.`;
  return [
    `The database was written with another number of partitions than FLASHSALE_PARTITIONS=${partitionCount}: ${about}\n${
      former === null ? 'Set it to what it was' : `Set FLASHSALE_PARTITIONS=${former}`
    }, or use a database of its own: a SKU cannot change its partition.`,
  ];
}

/** The smallest number of partitions that puts all of them where they are. */
function formerCount(known: readonly Known[]): number | null {
  for (let count = 1; count <= MAX_PARTITIONS; count += 1)
    if (known.every(({ sku_id, partition }) => partitionOf(sku_id, count) === partition)) return count;
  return null;
}
