import { answers, aReserve, aRow, aSnapshot, aStock, inLog, NOW, type ReserveParts, type StockParts } from '../../test/support/domain.js';
import { decide } from './decide.js';
import type { Offset } from './ids.js';
import type { DecidedStatus, Reservation } from './reservation.js';

function answer(stock: StockParts, request: ReserveParts, rows: readonly Reservation[] = [], now = NOW): string | undefined {
  return answers(decide(aSnapshot(aStock(stock), rows), [aReserve(request)], now))[0];
}

describe('the window of a sale', () => {
  it.each([
    [-1, 'SALE_NOT_OPEN'],
    [0, 'RESERVED'],
    [1, 'RESERVED'],
  ])('opens with opensAt itself: log time %i ms from it -> %s', (ms, expected) => {
    expect(answer({ settings: { opensAt: NOW } }, { appendedAt: NOW + ms })).toBe(expected);
  });

  it.each([
    [-1, 'RESERVED'],
    [0, 'SALE_CLOSED'],
    [1, 'SALE_CLOSED'],
  ])('is closed from closesAt itself: log time %i ms from it -> %s', (ms, expected) => {
    expect(answer({ settings: { closesAt: NOW } }, { appendedAt: NOW + ms })).toBe(expected);
  });

  it('is judged by the time of the log, whatever the clocks of database and API say', () => {
    const settings = { opensAt: NOW, closesAt: NOW + 10 };
    expect(answer({ settings }, { appendedAt: NOW + 9, timestamp: NOW - 500 }, [], NOW + 5_000)).toBe('RESERVED');
    expect(answer({ settings }, { appendedAt: NOW - 1, timestamp: NOW + 5 }, [], NOW + 5)).toBe('SALE_NOT_OPEN');
    expect(answer({ settings }, { appendedAt: NOW + 10, timestamp: NOW + 5 }, [], NOW + 5)).toBe('SALE_CLOSED');
  });

  it('may have a bound at the epoch', () => {
    expect(answer({ settings: { closesAt: 0 } }, {})).toBe('SALE_CLOSED');
    expect(answer({ settings: { opensAt: 0 } }, { appendedAt: -1 })).toBe('SALE_NOT_OPEN');
  });
});

describe('the deadline of a request', () => {
  it.each([
    [-1, 'RESERVED'],
    [0, 'RESERVED'],
    [1, 'DEADLINE_EXCEEDED'],
  ])('holds through decideBy itself: decided %i ms from it -> %s', (ms, expected) => {
    expect(answer({}, { decideBy: NOW }, [], NOW + ms)).toBe(expected);
  });

  it('is judged by a time that never goes back', () => {
    expect(answer({ decidedAt: NOW + 1 }, { decideBy: NOW }, [], NOW - 5)).toBe('DEADLINE_EXCEEDED');
  });
});

describe('units', () => {
  it.each([
    [3, 'RESERVED'],
    [4, 'SOLD_OUT'],
  ])('are given to the last one: %i of 3 -> %s', (quantity, expected) => {
    expect(answer({ total: 10, reserved: 5, confirmed: 2 }, { quantity })).toBe(expected);
  });

  it.each([
    [4, 'RESERVED'],
    [5, 'QUANTITY_TOO_LARGE'],
  ])('are asked for up to maxQuantity: %i where 4 is the most -> %s', (quantity, expected) => {
    expect(answer({ settings: { maxQuantity: 4 } }, { quantity })).toBe(expected);
  });

  it.each([
    [3, 'RESERVED'],
    [4, 'USER_LIMIT_EXCEEDED'],
  ])('are held up to the limit: %i more than 7 where 10 is the limit -> %s', (quantity, expected) => {
    const rows = [aRow({ key: 'a', quantity: 5 }), aRow({ key: 'b', quantity: 2 })];
    expect(answer({ reserved: 7, settings: { perUserLimit: 10 } }, { quantity }, rows)).toBe(expected);
  });

  it.each<[DecidedStatus, string]>([
    ['RESERVED', 'USER_LIMIT_EXCEEDED'],
    ['CONFIRMED', 'USER_LIMIT_EXCEEDED'],
    ['REJECTED', 'RESERVED'],
    ['CANCELLED', 'RESERVED'],
    ['EXPIRED', 'RESERVED'],
  ])('count against the limit only while held or sold: %s -> %s', (status, expected) => {
    expect(answer({ settings: { perUserLimit: 2 } }, { key: 'new' }, [aRow({ key: 'old', quantity: 2 }, { status })])).toBe(expected);
  });

  it.each<[string, string, string]>([
    ['ann', 'shop', 'USER_LIMIT_EXCEEDED'],
    ['ann', 'idp', 'RESERVED'],
    ['bob', 'shop', 'RESERVED'],
  ])('count for one principal: %s of %s -> %s', (user, issuer, expected) => {
    const rows = [aRow({ key: 'old', quantity: 2 })];
    expect(answer({ settings: { perUserLimit: 2 } }, { user, issuer, key: 'new' }, rows)).toBe(expected);
  });

  it('keep the principals apart whose names run together', () => {
    const rows = [aRow({ user: 'ann', issuer: 'shop', quantity: 2 })];
    expect(answer({ settings: { perUserLimit: 2 } }, { user: 'nn', issuer: 'shopa' }, rows)).toBe('RESERVED');
  });
});

describe('the moment of a decision', () => {
  it.each([
    [-7, 0],
    [0, 0],
    [7, 7],
  ])('is never before that of the last one: clock %i ms from it -> %i', (clock, expected) => {
    const { now, after, entry, created } = decide(aSnapshot(aStock({ decidedAt: NOW })), [aReserve()], NOW + clock);
    const moment = NOW + expected;
    expect([now, after.decidedAt, entry.now, created[0]?.decidedAt]).toEqual([moment, moment, moment, moment]);
    expect(created[0]?.expiresAt).toBe(moment + 600_000);
  });
});

describe('a hold', () => {
  it('lasts as long as the SKU says, and is numbered and timed', () => {
    const stock = aStock({ sequence: 41, watermark: 7, reserved: 3, settings: { holdSeconds: 90 } });
    const record = aReserve({ quantity: 2, offset: 8 });
    const { created, decisions, after } = decide(aSnapshot(stock), [record], NOW);
    const { commandId: _, type, idempotencyKeyHash, correlationId, timestamp, ...asked } = record.command;
    const numbered = { sequence: 42, version: 42, queuedAt: timestamp, decidedAt: NOW, expiresAt: NOW + 90_000 };
    const untouched = { confirmedAt: null, paymentReference: null, extensionId: null };
    expect(created).toEqual([{ ...asked, status: 'RESERVED', reason: null, ...numbered, ...untouched }]);
    expect(decisions).toEqual([{ sequence: 42, record, outcome: 'RESERVED', reason: null, reservation: created[0], settings: null }]);
    expect([after.reserved, after.sequence, after.watermark]).toEqual([5, 42, 8]);
  });
});

describe('offsets', () => {
  const at = (...offsets: number[]): Parameters<typeof decide>[1] =>
    offsets.map((offset) => ({ ...aReserve({ key: `k${offset}` }), offset: offset as Offset }));
  const decideAt = (...offsets: number[]) => decide(aSnapshot(aStock({ watermark: 5 })), at(...offsets), NOW);

  it('start above the watermark, with or without a gap', () => {
    expect(decideAt(6).after.watermark).toBe(6);
    expect(decideAt(9, 12).after.watermark).toBe(12);
    expect(decide(aSnapshot(), at(0), NOW).after.watermark).toBe(0);
  });

  it.each([[[5]], [[4]], [[6, 6]], [[7, 6]], [[6, 8, 5]]])('that do not ascend above it are a bug of the caller: %j', (offsets) => {
    expect(() => decideAt(...offsets)).toThrow('is not above the watermark');
  });

  it('of no record at all are a bug of the caller', () => {
    expect(() => decideAt()).toThrow('at least one decision');
    expect(() => decide(aSnapshot(), inLog([]), NOW)).toThrow('at least one decision');
  });

  it('of a command without a rule are a bug of the caller', () => {
    const record = aReserve();
    const unheard = { ...record, command: { ...record.command, type: 'gift' as 'reserve' } };
    expect(() => decide(aSnapshot(), [unheard], NOW)).toThrow('no rule for the command gift');
  });
});
