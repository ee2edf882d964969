import knexFactory, { type Knex } from 'knex';
import { type Ask, type Baseline, endOf } from './baseline.js';

export const knexTransaction: Baseline = {
  name: 'knex transaction',
  how: 'knex.transaction with a conditional update and an insert',
  async open(databaseUrl, connections) {
    const knex = knexFactory({ client: 'pg', connection: databaseUrl, pool: { min: connections, max: connections } });
    return {
      apply: (ask) => knex.transaction((trx) => (ask.kind === 'reserve' ? reserve(trx, ask) : end(trx, ask))),
      close: () => knex.destroy(),
    };
  },
};

async function reserve(trx: Knex.Transaction, { skuId, reservationId, buyer }: Ask): Promise<boolean> {
  const taken = await trx('baseline_stock')
    .where('sku_id', skuId)
    .where(trx.raw('reserved + confirmed'), '<', trx.ref('total'))
    .increment('reserved', 1);
  if (taken === 0) return false;
  await trx('baseline_reservations').insert({ reservation_id: reservationId, sku_id: skuId, user_id: buyer, quantity: 1 });
  return true;
}

async function end(trx: Knex.Transaction, ask: Ask): Promise<boolean> {
  const [status, confirmed] = endOf(ask);
  const ended = await trx('baseline_reservations').where({ reservation_id: ask.reservationId, status: 'RESERVED' }).update({ status });
  if (ended === 0) return false;
  await trx('baseline_stock').where('sku_id', ask.skuId).increment({ reserved: -1, confirmed });
  return true;
}
