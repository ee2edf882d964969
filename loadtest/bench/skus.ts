import { setTimeout as wait } from 'node:timers/promises';
import type { SkuId } from '../../src/domain/ids.js';
import { assertRunning, type Member } from '../stand/members.js';
import { createSkuCommand } from './commands.js';
import { openFeed } from './feed.js';
import type { Stand } from './stand.js';

/** Resolves when the writer has them all. @param totals units of each SKU */
export async function createSkus({ place, database }: Stand, writer: Member, totals: ReadonlyMap<SkuId, number>): Promise<void> {
  const before = await countSkus(database);
  const feed = await openFeed(place);
  await Promise.all([...totals].map(([skuId, total]) => feed.publish(createSkuCommand(skuId, total))));
  await feed.close();
  for (;;) {
    assertRunning([writer]);
    if ((await countSkus(database)) >= before + totals.size) return;
    await wait(50);
  }
}

async function countSkus(database: Stand['database']): Promise<number> {
  const { rows } = await database.query<{ count: string }>('select count(*) from stock');
  return Number(rows[0]?.count);
}
