import type { Pool } from 'pg';
import type { Millis, ReservationId, SkuId } from '../domain/ids.js';
import type { ExpiryStore } from '../ports/expiry.js';
import { numberArray } from './array-literal.js';
import { type ObserveStatement, statement } from './statement.js';

type OverdueRow = { readonly now: Millis } & (
  | { readonly reservation_id: ReservationId; readonly sku_id: SkuId; readonly expires_at: Millis }
  | { readonly reservation_id: null; readonly sku_id: null; readonly expires_at: null }
);

const OVERDUE = statement<OverdueRow>('overdue');
const SWEPT = statement<{ partition: number; swept_through: Millis }>('swept');
const ADVANCE_SWEPT = statement('advance-swept');

/**
 * The sweep's reads on PostgreSQL.
 *
 * @param pool with the planner as it is: an index scan that is right for ten overdue holds is wrong for a million
 */
export function createExpiryStore(pool: Pool, observe: ObserveStatement): ExpiryStore {
  return {
    async overdue(after, limit) {
      const rows = await OVERDUE(pool, [after.expiresAt, after.reservationId, limit], observe);
      const [first] = rows;
      if (first === undefined) throw new Error('the database did not tell the time');
      const holds = rows.flatMap((row) =>
        row.reservation_id === null ? [] : { reservationId: row.reservation_id, skuId: row.sku_id, expiresAt: row.expires_at },
      );
      return { now: first.now, holds };
    },
    async swept(partitions) {
      const rows = await SWEPT(pool, [numberArray(partitions)], observe);
      return new Map(rows.map((row) => [row.partition, row.swept_through]));
    },
    async advanceSwept(partitions, through) {
      await ADVANCE_SWEPT(pool, [numberArray(partitions), through], observe);
    },
  };
}
