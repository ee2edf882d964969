import { type Baseline, endOf, inTransaction, onPool, prepared } from './baseline.js';

const LOCK = prepared<{ available: number }>('lock');
const TAKE = prepared('take');
const NOTE = prepared('note');
const END = prepared<{ ended: number }>('end');
const GIVE_BACK = prepared('give-back');

export const selectForUpdate: Baseline = {
  name: 'SELECT ... FOR UPDATE',
  how: 'a transaction that locks the row, looks, sells and notes',
  open: onPool((client, ask) =>
    inTransaction(client, async () => {
      const { kind, skuId, reservationId, buyer } = ask;
      const [stock] = await LOCK(client, [skuId]);
      if (kind === 'reserve') {
        if (stock === undefined || stock.available < 1) return false;
        await TAKE(client, [skuId]);
        await NOTE(client, [skuId, reservationId, buyer]);
        return true;
      }
      const [status, confirmed] = endOf(ask);
      const ended = await END(client, [reservationId, status]);
      if (ended.length > 0) await GIVE_BACK(client, [skuId, confirmed]);
      return ended.length > 0;
    }),
  ),
};
