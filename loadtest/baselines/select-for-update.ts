import { type Baseline, inTransaction, onPool, prepared, SKU } from './baseline.js';

const LOCK = prepared<{ available: number }>('lock');
const TAKE = prepared('take');
const NOTE = prepared('note');

export const selectForUpdate: Baseline = {
  name: 'SELECT ... FOR UPDATE',
  how: 'a transaction that locks the row, looks, sells and notes',
  open: onPool((client, { reservationId, buyer }) =>
    inTransaction(client, async () => {
      const [stock] = await LOCK(client, [SKU]);
      if (stock === undefined || stock.available < 1) return false;
      await TAKE(client, [SKU]);
      await NOTE(client, [SKU, reservationId, buyer]);
      return true;
    }),
  ),
};
