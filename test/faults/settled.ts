import type pg from 'pg';
import { eventually } from '../support/eventually.js';
import type { Stand } from './stand.js';

/** Later than any test ends. */
const SHORT_HOLD = '1 minute';

/** Waits until nothing more will happen: all is decided, also the ends of the holds that end soon, and every decision has its event. */
export async function settled(stand: Stand): Promise<void> {
  await eventually(
    async () => {
      await stand.drained();
      const { rows } = await stand.sql.query(`
        select from reservations where status = 'RESERVED' and expires_at < now() + interval '${SHORT_HOLD}'
        union all select from ledger l join partitions p using (partition) where l.last_offset >= coalesce(p.relayed_through, 0)`);
      return rows.length === 0;
    },
    { within: 60_000 },
  );
}

/** The number of the last decision on each SKU. */
export async function lastSequences(sql: pg.Client): Promise<ReadonlyMap<string, number>> {
  const { rows } = await sql.query<{ sku: string; last: number }>(
    'select sku_id as sku, max(last_sequence)::int as last from ledger group by sku_id',
  );
  return new Map(rows.map(({ sku, last }) => [sku, last]));
}
