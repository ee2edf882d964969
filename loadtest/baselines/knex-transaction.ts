import knexFactory from 'knex';
import { type Baseline, SKU } from './baseline.js';

export const knexTransaction: Baseline = {
  name: 'knex transaction',
  how: 'knex.transaction with a conditional update and an insert',
  async open(databaseUrl, connections) {
    const knex = knexFactory({ client: 'pg', connection: databaseUrl, pool: { min: connections, max: connections } });
    return {
      reserve: ({ reservationId, buyer }) =>
        knex.transaction(async (trx) => {
          const taken = await trx('baseline_stock').where('sku_id', SKU).where('reserved', '<', trx.ref('total')).increment('reserved', 1);
          if (taken === 0) return false;
          await trx('baseline_reservations').insert({ reservation_id: reservationId, sku_id: SKU, user_id: buyer, quantity: 1 });
          return true;
        }),
      close: () => knex.destroy(),
    };
  },
};
