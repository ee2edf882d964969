import { aConfigure, answers, aReserve, aRow, aSnapshot, aStock, committed, inLog, NOW } from '../../test/support/domain.js';
import { decide } from './decide.js';
import type { SkuBatch } from './decision.js';
import { unknownStock } from './stock.js';

const decided = (stock: Parameters<typeof aStock>[0], ...records: Parameters<typeof decide>[1][number][]): SkuBatch =>
  decide(aSnapshot(aStock(stock)), inLog(records), NOW);

describe('within one batch', () => {
  it('the second request of a buyer sees the first', () => {
    const batch = decided(
      { settings: { perUserLimit: 3 } },
      aReserve({ key: 'a', quantity: 2 }),
      aReserve({ key: 'b', quantity: 2 }),
      aReserve({ key: 'c', quantity: 1 }),
      aReserve({ key: 'd', quantity: 1 }),
      aReserve({ key: 'e', quantity: 3, user: 'bob' }),
    );
    expect(answers(batch)).toEqual(['RESERVED', 'USER_LIMIT_EXCEEDED', 'RESERVED', 'USER_LIMIT_EXCEEDED', 'RESERVED']);
    expect(batch.after.reserved).toBe(6);
  });

  it('units go first come, first served, and a smaller request still gets what a larger one could not', () => {
    const batch = decided(
      { total: 5 },
      aReserve({ user: 'ann', quantity: 3 }),
      aReserve({ user: 'bob', quantity: 3 }),
      aReserve({ user: 'cy', quantity: 2 }),
      aReserve({ user: 'di', quantity: 1 }),
    );
    expect(answers(batch)).toEqual(['RESERVED', 'SOLD_OUT', 'RESERVED', 'SOLD_OUT']);
    expect(batch.after.reserved).toBe(5);
  });

  it('a repeat gets the first answer, points to its row and takes no units', () => {
    const again = aReserve({ quantity: 2 });
    const batch = decided({}, again, again, aReserve({ user: 'bob' }), again);
    expect(answers(batch)).toEqual(['RESERVED', 'DUPLICATE', 'RESERVED', 'DUPLICATE']);
    expect(batch.decisions.map(({ sequence }) => sequence)).toEqual([1, 2, 3, 4]);
    expect(batch.decisions[3]?.reservation).toBe(batch.decisions[0]?.reservation);
    expect(batch.created).toHaveLength(2);
    expect(batch.after.reserved).toBe(3);
  });

  it('a refused request stays refused when it comes again and would fit', () => {
    const refused = aReserve({ user: 'bob', quantity: 5 });
    const batch = decided({ settings: { maxQuantity: 2 } }, refused, aConfigure({ ifMatch: 0, change: { maxQuantity: 9 } }), refused);
    expect(answers(batch)).toEqual(['QUANTITY_TOO_LARGE', 'CONFIGURED', 'DUPLICATE']);
    expect(batch.decisions[2]?.reservation).toEqual(batch.created[0]);
  });

  it('the same key with another quantity is refused without a row, and the first stands', () => {
    const batch = decided({}, aReserve({ quantity: 2 }), aReserve({ quantity: 3 }), aReserve({ quantity: 2 }), aReserve({ quantity: 1 }));
    expect(answers(batch)).toEqual(['RESERVED', 'KEY_REUSED', 'DUPLICATE', 'KEY_REUSED']);
    expect(batch.created.map(({ quantity, status, version }) => [quantity, status, version])).toEqual([[2, 'RESERVED', 1]]);
    expect(batch.decisions.map(({ reservation }) => reservation)).toEqual(Array(4).fill(batch.created[0]));
    expect(batch.after.reserved).toBe(2);
  });

  it('a refused request takes nothing from the buyer or the stock', () => {
    const stock = { total: 3, settings: { perUserLimit: 3 } };
    const batch = decided(stock, aReserve({ key: 'a', quantity: 4 }), aReserve({ key: 'b', quantity: 3 }));
    expect(answers(batch)).toEqual(['USER_LIMIT_EXCEEDED', 'RESERVED']);
  });

  it('a repeat of what an earlier batch decided changes nothing', () => {
    const first = aSnapshot(aStock({ total: 3 }));
    const requests = [aReserve({ user: 'ann', quantity: 3 }), aReserve({ user: 'bob' })];
    const second = committed(first, decide(first, inLog(requests), NOW));
    const batch = decide(second, inLog(requests, 2), NOW + 60_000_000);
    expect(answers(batch)).toEqual(['DUPLICATE', 'DUPLICATE']);
    expect(batch.created).toEqual([]);
    expect(batch.after.reserved).toBe(3);
  });

  it('rows come in the order of their ids', () => {
    const batch = decided({}, ...Array.from({ length: 50 }, (_, index) => aReserve({ user: `u${index}` })));
    const ids = batch.created.map(({ reservationId }) => reservationId as string);
    expect(ids).toHaveLength(50);
    expect(ids).toEqual([...ids].sort());
    expect(batch.decisions.map(({ reservation }) => reservation?.reservationId)).not.toEqual(ids);
  });

  it('all that a batch says of itself agrees', () => {
    const before = aStock({ sequence: 9, watermark: 20, reserved: 4, confirmed: 1 });
    const snapshot = aSnapshot(before, [aRow({ key: 'old', quantity: 4 }), aRow({ key: 'sold' }, { status: 'CONFIRMED' })]);
    const batch = decide(snapshot, inLog([aReserve({ key: 'a' }), aReserve({ key: 'b' })], 30, 4), NOW);
    expect(batch.before).toBe(before);
    expect(batch.after).toEqual({ ...before, reserved: 6, sequence: 11, watermark: 34, headHash: batch.entry.hash, decidedAt: NOW });
    expect(batch.now).toBe(NOW);
  });
});

describe('an operator within the stream of buyers', () => {
  it('creates the SKU that the next record reserves', () => {
    const stub = aSnapshot(unknownStock(aReserve().command.skuId, 3));
    const records = [aReserve({ user: 'early' }), aConfigure({ total: 1 }), aReserve({ user: 'ann' }), aReserve({ user: 'bob' })];
    const batch = decide(stub, inLog(records), NOW);
    expect(answers(batch)).toEqual(['UNKNOWN_SKU', 'CONFIGURED', 'RESERVED', 'SOLD_OUT']);
    expect([batch.after.total, batch.after.reserved, batch.after.version]).toEqual([1, 1, 2]);
  });

  it('pauses and opens the sale between two buyers', () => {
    const batch = decided(
      { version: 7 },
      aReserve({ user: 'ann' }),
      aConfigure({ ifMatch: 7, change: { state: 'PAUSED' } }),
      aReserve({ user: 'bob' }),
      aConfigure({ ifMatch: 2, change: { state: 'OPEN' } }),
      aReserve({ user: 'cy' }),
    );
    expect(answers(batch)).toEqual(['RESERVED', 'CONFIGURED', 'SALE_PAUSED', 'CONFIGURED', 'RESERVED']);
  });

  it('changes the time of later holds only', () => {
    const shorter = aConfigure({ ifMatch: 0, change: { holdSeconds: 30 } });
    const { decisions } = decided({}, aReserve({ user: 'ann' }), shorter, aReserve({ user: 'bob' }));
    expect(decisions.map(({ reservation }) => reservation?.expiresAt)).toEqual([NOW + 600_000, undefined, NOW + 30_000]);
  });
});
