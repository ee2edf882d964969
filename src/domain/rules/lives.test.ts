import {
  aCancel,
  aConfirm,
  anExpire,
  anExtend,
  answers,
  aReserve,
  aRow,
  aSnapshot,
  aStock,
  committed,
  inLog,
  NOW,
  principal,
} from '../../../test/support/domain.js';
import { decide } from '../decide.js';

const ann = { user: 'ann' };
const bob = { user: 'bob' };

describe('a reservation within one batch', () => {
  it('reserved and confirmed is one new row', () => {
    const { created, changed, after, holdings, decisions } = decide(aSnapshot(), inLog([aReserve(ann), aConfirm({ of: ann })]), NOW);
    const paid = { status: 'CONFIRMED', sequence: 1, version: 2, confirmedAt: NOW, paymentReference: 'pay-1', expiresAt: NOW + 600_000 };
    expect([created.length, changed]).toEqual([1, []]);
    expect(created[0]).toMatchObject(paid);
    expect(decisions[0]?.reservation).toMatchObject({ status: 'RESERVED', version: 1, confirmedAt: null });
    expect([after.reserved, after.confirmed, holdings.get(principal('ann'))]).toEqual([0, 1, 1]);
  });

  it('cancelled gives its unit to who asks next', () => {
    const records = inLog([aReserve(ann), aReserve(bob), aCancel({ of: ann }), aReserve({ ...bob, key: 'again' })]);
    const batch = decide(aSnapshot(aStock({ total: 1 })), records, NOW);
    expect(answers(batch)).toEqual(['RESERVED', 'SOLD_OUT', 'CANCELLED', 'RESERVED']);
    expect(batch.created.map(({ status }) => status).sort()).toEqual(['CANCELLED', 'REJECTED', 'RESERVED']);
    expect([batch.after.reserved, batch.changed]).toEqual([1, []]);
  });

  it('is not due in the batch that makes it', () => {
    const batch = decide(aSnapshot(aStock({ settings: { holdSeconds: 1 } })), inLog([aReserve(ann), anExpire({ of: ann })]), NOW);
    expect(answers(batch)).toEqual(['RESERVED', 'NOT_DUE']);
    expect(batch.created[0]).toMatchObject({ status: 'RESERVED', version: 1 });
  });

  it('asked about before it is made is not found', () => {
    const batch = decide(aSnapshot(), inLog([aConfirm({ of: ann }), aReserve(ann), aConfirm({ of: ann })]), NOW);
    expect(answers(batch)).toEqual(['NOT_FOUND', 'RESERVED', 'CONFIRMED']);
  });

  it('that was there before is one change, from as it was read to as it is after all', () => {
    const row = aRow({ ...ann, quantity: 3 }, { version: 2 });
    const of = { of: { ...ann, quantity: 3 } };
    const stock = aStock({ sequence: 2, reserved: 3 });
    const batch = decide(aSnapshot(stock, [row]), inLog([anExtend({ ...of, seconds: 5 }), aConfirm(of), aCancel(of)]), NOW);
    expect(answers(batch)).toEqual(['EXTENDED', 'CONFIRMED', 'ALREADY_CONFIRMED']);
    expect([batch.created, batch.changed.length, batch.changed[0]?.before]).toEqual([[], 1, row]);
    expect(batch.changed[0]?.after).toMatchObject({ status: 'CONFIRMED', version: 4, sequence: 1, expiresAt: NOW + 605_000 });
    expect([batch.after.reserved, batch.after.confirmed]).toEqual([0, 3]);
  });
});

describe('the limit of a buyer', () => {
  const stock = aStock({ reserved: 2, settings: { perUserLimit: 2 } });
  const row = aRow({ ...ann, quantity: 2 });
  const more = aReserve({ ...ann, key: 'more', quantity: 2 });
  const answer = (first: Parameters<typeof inLog>[0][number], now = NOW): string | undefined =>
    answers(decide(aSnapshot(stock, [row]), inLog([first, more]), now))[1];

  it('is free again after a cancel and an end, and not after a payment or a longer hold', () => {
    const patient = { ...more, command: { ...more.command, decideBy: NOW + 9_000_000 } };
    expect(answer(aCancel({ of: ann }))).toBe('RESERVED');
    expect(answer(aConfirm({ of: ann }))).toBe('USER_LIMIT_EXCEEDED');
    expect(answer(anExtend({ of: ann }))).toBe('USER_LIMIT_EXCEEDED');
    const ended = decide(aSnapshot(stock, [row]), inLog([anExpire({ of: ann }), patient]), NOW + 600_000);
    expect(answers(ended)).toEqual(['EXPIRED', 'RESERVED']);
    expect(ended.holdings.get(row)).toBe(2);
  });

  it('counts an overdue hold until something ends it', () => {
    const overdue = { ...row, expiresAt: NOW };
    const batch = decide(
      aSnapshot(stock, [overdue]),
      inLog([more, aConfirm({ of: ann }), { ...more, command: aReserve({ ...ann, key: 'last' }).command }]),
      NOW,
    );
    expect(answers(batch)).toEqual(['USER_LIMIT_EXCEEDED', 'RESERVATION_EXPIRED', 'RESERVED']);
  });

  it('follows over batches: what a buyer holds is told as it is after each', () => {
    let state = aSnapshot(aStock({ settings: { perUserLimit: 2 } }));
    const first = decide(state, inLog([aReserve({ ...ann, quantity: 2 })]), NOW);
    state = committed(state, first);
    const second = decide(state, inLog([aCancel({ of: ann })], 1), NOW);
    state = committed(state, second);
    const third = decide(state, inLog([more], 2), NOW);
    expect([first, second, third].map(({ holdings }) => holdings.get(row))).toEqual([2, 0, 2]);
  });
});
