import type { StockParts } from '../../../test/support/domain.js';
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
  byId,
  inLog,
  NOW,
  principal,
} from '../../../test/support/domain.js';
import type { HoldCommand, LogRecord } from '../command.js';
import { decide } from '../decide.js';
import type { SkuBatch } from '../decision.js';
import type { SkuId } from '../ids.js';
import { HOLD_REFUSALS, type HoldRefusal } from '../refusal.js';
import type { Reservation } from '../reservation.js';

const OF = { quantity: 2 };
const LONG = 600_000;
const COMMANDS = { confirm: aConfirm({ of: OF }), cancel: aCancel({ of: OF }), extend: anExtend({ of: OF }), expire: anExpire({ of: OF }) };
const OTHER_EXTENSION = anExtend({ of: OF, salt: 'earlier' }).command.commandId;

/** A row in each state that it can have, with what it holds. */
const STATES = {
  held: aRow(OF),
  'held, and extended': aRow(OF, { extensionId: OTHER_EXTENSION }),
  'held, and extended by this': aRow(OF, { extensionId: COMMANDS.extend.command.commandId }),
  overdue: aRow(OF, { expiresAt: NOW }),
  'overdue, and extended': aRow(OF, { expiresAt: NOW, extensionId: OTHER_EXTENSION }),
  REJECTED: aRow(OF, { status: 'REJECTED' }),
  CONFIRMED: aRow(OF, { status: 'CONFIRMED' }),
  'CONFIRMED otherwise': aRow(OF, { status: 'CONFIRMED', paymentReference: 'pay-9' }),
  CANCELLED: aRow(OF, { status: 'CANCELLED' }),
  EXPIRED: aRow(OF, { status: 'EXPIRED' }),
} as const;
type State = keyof typeof STATES;

const units = ({ status }: Reservation): { reserved: number; confirmed: number } => ({
  reserved: status === 'RESERVED' ? 2 : 0,
  confirmed: status === 'CONFIRMED' ? 2 : 0,
});

function decideOn(row: Reservation, records: readonly LogRecord[], { now = NOW, ...parts }: StockParts & { now?: number } = {}): SkuBatch {
  return decide(aSnapshot(aStock({ sequence: 4, ...units(row), ...parts }), [row]), inLog(records), now);
}

type Change = Partial<Reservation> | null;
const PAID: Change = { status: 'CONFIRMED', confirmedAt: NOW, paymentReference: 'pay-1' };
const OVER: Change = { status: 'EXPIRED' };
const LONGER: Change = { expiresAt: NOW + 2 * LONG, extensionId: COMMANDS.extend.command.commandId };

/** Of confirm, cancel, extend and expire: the answer, and what it does to the row. */
const TABLE: Readonly<Record<State, readonly [string, Change][]>> = {
  held: [
    ['CONFIRMED', PAID],
    ['CANCELLED', { status: 'CANCELLED' }],
    ['EXTENDED', LONGER],
    ['NOT_DUE', null],
  ],
  'held, and extended': [
    ['CONFIRMED', PAID],
    ['CANCELLED', { status: 'CANCELLED' }],
    ['ALREADY_EXTENDED', null],
    ['NOT_DUE', null],
  ],
  'held, and extended by this': [
    ['CONFIRMED', PAID],
    ['CANCELLED', { status: 'CANCELLED' }],
    ['DUPLICATE', null],
    ['NOT_DUE', null],
  ],
  overdue: [
    ['RESERVATION_EXPIRED', OVER],
    ['RESERVATION_EXPIRED', OVER],
    ['RESERVATION_EXPIRED', OVER],
    ['EXPIRED', OVER],
  ],
  'overdue, and extended': [
    ['RESERVATION_EXPIRED', OVER],
    ['RESERVATION_EXPIRED', OVER],
    ['RESERVATION_EXPIRED', OVER],
    ['EXPIRED', OVER],
  ],
  REJECTED: [
    ['NOT_RESERVED', null],
    ['NOT_RESERVED', null],
    ['NOT_RESERVED', null],
    ['NOT_RESERVED', null],
  ],
  CONFIRMED: [
    ['DUPLICATE', null],
    ['ALREADY_CONFIRMED', null],
    ['ALREADY_CONFIRMED', null],
    ['ALREADY_CONFIRMED', null],
  ],
  'CONFIRMED otherwise': [
    ['ALREADY_CONFIRMED', null],
    ['ALREADY_CONFIRMED', null],
    ['ALREADY_CONFIRMED', null],
    ['ALREADY_CONFIRMED', null],
  ],
  CANCELLED: [
    ['ALREADY_CANCELLED', null],
    ['DUPLICATE', null],
    ['ALREADY_CANCELLED', null],
    ['ALREADY_CANCELLED', null],
  ],
  EXPIRED: [
    ['RESERVATION_EXPIRED', null],
    ['RESERVATION_EXPIRED', null],
    ['RESERVATION_EXPIRED', null],
    ['DUPLICATE', null],
  ],
};
const CASES = (Object.keys(TABLE) as State[]).flatMap((state) =>
  (Object.keys(COMMANDS) as (keyof typeof COMMANDS)[]).map((type, at) => [type, state, ...(TABLE[state][at] ?? ['none', null])] as const),
);

describe('every command on a reservation in every state', () => {
  it.each(CASES)('%s of one that is %s: %s', (type, state, answer, change) => {
    const row: Reservation = STATES[state];
    const batch = decideOn(row, [COMMANDS[type]]);
    const after = change === null ? row : { ...row, ...change, version: 5 };
    expect(answers(batch)).toEqual([answer]);
    expect(batch.decisions[0]?.outcome).toBe((HOLD_REFUSALS as readonly string[]).includes(answer) ? 'REFUSED' : answer);
    expect(batch.decisions[0]?.reservation).toEqual(after);
    expect([batch.created, batch.changed]).toEqual([[], change === null ? [] : [{ before: row, after }]]);
    expect(batch.after).toMatchObject({ ...units(after), total: 100, sequence: 5, version: 0 });
    const freed = units(row).reserved === 2 && units(after).reserved + units(after).confirmed === 0;
    expect(batch.holdings.get(row)).toBe(freed ? 0 : undefined);
  });
});

describe('the end of a hold', () => {
  it.each(Object.values(COMMANDS))('is its last moment not: $command.type', (record) => {
    const ends = (expiresAt: number): string[] => answers(decideOn(aRow(OF, { expiresAt }), [record]));
    const over = record.command.type === 'expire' ? 'EXPIRED' : 'RESERVATION_EXPIRED';
    expect([ends(NOW - 1), ends(NOW)]).toEqual([[over], [over]]);
    expect(ends(NOW + 1)).not.toEqual([over]);
  });

  it('is judged by no earlier time than that of the last decision', () => {
    const row = aRow(OF, { expiresAt: NOW });
    expect(answers(decideOn(row, [COMMANDS.confirm], { decidedAt: NOW, now: NOW - 50 }))).toEqual(['RESERVATION_EXPIRED']);
  });

  it('comes once: what follows in the batch finds it over', () => {
    const { confirm, cancel, expire } = COMMANDS;
    const batch = decideOn(STATES.overdue, [confirm, expire, cancel]);
    expect(answers(batch)).toEqual(['RESERVATION_EXPIRED', 'DUPLICATE', 'RESERVATION_EXPIRED']);
    expect(batch.changed).toEqual([{ before: STATES.overdue, after: { ...STATES.overdue, status: 'EXPIRED', version: 5 } }]);
    expect(batch.after.reserved).toBe(0);
  });

  it('is not seen by a repeat of what was done: neither its extension nor its request ends it', () => {
    const row = aRow(OF, { expiresAt: NOW, extensionId: COMMANDS.extend.command.commandId });
    const batch = decideOn(row, [COMMANDS.extend, aReserve(OF)]);
    expect([answers(batch), batch.changed]).toEqual([['DUPLICATE', 'DUPLICATE'], []]);
  });
});

describe('a reservation that is none', () => {
  const foreign = { ...STATES.held, skuId: 'sku-2' as SkuId };
  it.each<[string, readonly Reservation[], Partial<HoldCommand>]>([
    ['nobody made', [], {}],
    ['is of another SKU', [foreign], {}],
  ])('that %s is not found by any command, nor is anything changed', (_why, rows, over) => {
    for (const record of Object.values(COMMANDS)) {
      const command = { ...record.command, ...over } as HoldCommand;
      const batch = decide(aSnapshot(aStock({ reserved: 2 }), rows), [{ ...record, command }], NOW + 2 * LONG);
      expect(batch.decisions[0]).toMatchObject({ outcome: 'REFUSED', reason: 'NOT_FOUND', reservation: null });
      expect([batch.created, batch.changed, batch.after.reserved]).toEqual([[], [], 2]);
    }
  });

  it.each([
    ["another buyer's", principal('bob')],
    ["the same user's of another issuer", principal('ann', 'idp')],
    ['the sweep of the owner', principal('expiry', 'flashsale')],
  ])('to %s, unless it is to expire', (_who, by) => {
    const records = [aConfirm({ of: OF, by }), aCancel({ of: OF, by }), anExtend({ of: OF, by }), anExpire({ of: OF, by })];
    const onHeld = decideOn(STATES.held, records);
    expect(answers(onHeld)).toEqual(['NOT_FOUND', 'NOT_FOUND', 'NOT_FOUND', 'NOT_DUE']);
    expect(onHeld.decisions.map(({ reservation }) => reservation)).toEqual([null, null, null, STATES.held]);
    expect(answers(decideOn(STATES.overdue, records))).toEqual(['NOT_FOUND', 'NOT_FOUND', 'NOT_FOUND', 'EXPIRED']);
  });
});

describe('the order of refusals', () => {
  it('is the documented one', () => {
    const ORDER: readonly HoldRefusal[] = [
      ...(['NOT_FOUND', 'NOT_RESERVED', 'RESERVATION_EXPIRED', 'ALREADY_CONFIRMED', 'ALREADY_CANCELLED'] as const),
      ...(['ALREADY_EXTENDED', 'EXTENSION_TOO_LONG', 'NOT_DUE'] as const),
    ];
    expect(HOLD_REFUSALS).toEqual(ORDER);
  });

  /** All of them were extended by another command, and asked for more than is allowed. */
  const tooLong = anExtend({ of: OF, seconds: 9_999 });
  const extended = (over: Partial<Reservation>): Reservation => aRow(OF, { extensionId: OTHER_EXTENSION, ...over });
  it.each<[HoldRefusal, Reservation]>([
    ['NOT_RESERVED', extended({ status: 'REJECTED', expiresAt: NOW })],
    ['RESERVATION_EXPIRED', extended({ expiresAt: NOW })],
    ['RESERVATION_EXPIRED', extended({ status: 'EXPIRED' })],
    ['ALREADY_CONFIRMED', extended({ status: 'CONFIRMED', expiresAt: NOW })],
    ['ALREADY_CANCELLED', extended({ status: 'CANCELLED', expiresAt: NOW })],
    ['ALREADY_EXTENDED', extended({})],
    ['EXTENSION_TOO_LONG', extended({ extensionId: null })],
  ])('%s comes before all behind it', (reason, row) => {
    expect(answers(decideOn(row, [tooLong]))).toEqual([reason]);
    expect(answers(decideOn(row, [anExtend({ of: OF, seconds: 9_999, by: principal('bob') })]))).toEqual(['NOT_FOUND']);
  });
});

it('the rows of the snapshot stay as they are', () => {
  const rows = byId([STATES.held]);
  decide({ ...aSnapshot(aStock({ reserved: 2 }), [STATES.held]), reservations: rows }, [COMMANDS.cancel], NOW);
  expect(rows).toEqual(byId([aRow(OF)]));
});
