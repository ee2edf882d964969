import { type Baseline, endOf, onPool, prepared } from './baseline.js';

const TAKE = prepared<{ sold: number }>('take-if-left');
const GIVE_BACK = prepared<{ ended: number }>('give-back');
const TAKE_AND_NOTE = prepared<{ sold: number }>('take-and-note-if-left');
const END_AND_GIVE_BACK = prepared<{ ended: number }>('end-and-give-back');

/** Counts and notes nothing: who got a unit is not known afterwards. No single-row SQL does less. */
export const conditionalUpdate: Baseline = {
  name: 'conditional UPDATE',
  how: 'one statement that counts down; nothing is noted of the buyer',
  open: onPool(async (client, ask) => {
    const { kind, skuId } = ask;
    const changed = kind === 'reserve' ? await TAKE(client, [skuId]) : await GIVE_BACK(client, [skuId, endOf(ask)[1]]);
    return changed.length > 0;
  }),
};

export const conditionalUpdateAndInsert: Baseline = {
  name: 'conditional UPDATE and INSERT',
  how: 'one statement that counts down and notes the reservation',
  open: onPool(async (client, ask) => {
    const { kind, skuId, reservationId, buyer } = ask;
    const changed =
      kind === 'reserve'
        ? await TAKE_AND_NOTE(client, [skuId, reservationId, buyer])
        : await END_AND_GIVE_BACK(client, [skuId, reservationId, ...endOf(ask)]);
    return changed.length > 0;
  }),
};
