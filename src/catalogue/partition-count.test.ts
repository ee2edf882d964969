import fc from 'fast-check';
import pg, { type ClientBase } from 'pg';
import { createTestDatabase } from '../../test/support/database.js';
import { partitionOf } from '../domain/partition-hash.js';
import { partitionFaults } from './partition-count.js';

const holding = (rows: readonly { sku_id: string; partition: number }[]) => ({ query: async () => ({ rows }) }) as unknown as ClientBase;

test('a database without SKUs fits any number, and so does one that was written with the same', async () => {
  expect(await partitionFaults(holding([]), 7)).toEqual([]);
  const rows = ['a', 'b', 'c'].map((sku_id) => ({ sku_id, partition: partitionOf(sku_id, 7) }));
  expect(await partitionFaults(holding(rows), 7)).toEqual([]);
});

test('whatever the numbers: where a SKU would lie elsewhere it is a fault, and the number that fits is told', async () => {
  const count = fc.integer({ min: 1, max: 64 });
  await fc.assert(
    fc.asyncProperty(count, count, fc.uniqueArray(fc.string({ minLength: 1, maxLength: 9 }), { minLength: 1 }), async (was, is, skus) => {
      const rows = skus.map((sku_id) => ({ sku_id, partition: partitionOf(sku_id, was) }));
      const faults = await partitionFaults(holding(rows), is);
      expect(faults).toHaveLength(skus.every((sku) => partitionOf(sku, was) === partitionOf(sku, is)) ? 0 : 1);
      const told = faults.map((text) => Number(/Set FLASHSALE_PARTITIONS=(\d+)/.exec(text)?.[1]));
      for (const number of told) for (const { sku_id, partition } of rows) expect(partitionOf(sku_id, number)).toBe(partition);
    }),
  );
});

test('where no number fits, somebody has moved rows by hand, and the advice names none', async () => {
  const rows = Array.from({ length: 3_000 }, (_, at) => ({ sku_id: `sku-${at}`, partition: at % 2 }));
  expect(await partitionFaults(holding(rows), 10)).toEqual([expect.stringContaining('Set it to what it was')]);
});

test('it reads the stock of a database', async () => {
  const database = await createTestDatabase();
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  try {
    for (const sku of ['pen', 'ink'])
      await client.query(`insert into stock select $1, $2, 0, 0, 0, '', 'OPEN', 1, 1, 1, 1, null, null, 1, 1, 0, '', clock_timestamp()`, [
        sku,
        partitionOf(sku, 4),
      ]);
    expect(await partitionFaults(client, 4)).toEqual([]);
    expect((await partitionFaults(client, 5)).join()).toContain('was written with another number of partitions');
  } finally {
    await client.end();
    await database.drop();
  }
});
