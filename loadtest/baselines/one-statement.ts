import { type Baseline, onPool, prepared, SKU } from './baseline.js';

const TAKE = prepared<{ sold: number }>('take-if-left');
const TAKE_AND_NOTE = prepared<{ sold: number }>('take-and-note-if-left');

/** Counts down and notes nothing: who got a unit is not known afterwards. No single-row SQL does less. */
export const conditionalUpdate: Baseline = {
  name: 'conditional UPDATE',
  how: 'one statement that counts down; nothing is noted of the buyer',
  open: onPool(async (client) => (await TAKE(client, [SKU])).length > 0),
};

export const conditionalUpdateAndInsert: Baseline = {
  name: 'conditional UPDATE and INSERT',
  how: 'one statement that counts down and notes the reservation',
  open: onPool(async (client, { reservationId, buyer }) => (await TAKE_AND_NOTE(client, [SKU, reservationId, buyer])).length > 0),
};
