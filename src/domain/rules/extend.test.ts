import { aConfirm, anExtend, answers, aRow, aSnapshot, aStock, inLog, NOW, type StockParts } from '../../../test/support/domain.js';
import type { LogRecord } from '../command.js';
import { decide } from '../decide.js';
import type { SkuBatch } from '../decision.js';
import type { Reservation } from '../reservation.js';

const OF = { quantity: 2 };
const LONG = 600_000;
const HELD = aRow(OF);
const LONGER = { expiresAt: NOW + 2 * LONG, extensionId: anExtend({ of: OF }).command.commandId };

function decideOn(row: Reservation, records: readonly LogRecord[], { now = NOW, ...parts }: StockParts & { now?: number } = {}): SkuBatch {
  return decide(aSnapshot(aStock({ sequence: 4, reserved: 2, ...parts }), [row]), inLog(records), now);
}

describe('an extension', () => {
  const asked = (seconds: number | null, maxExtendSeconds = 90): SkuBatch =>
    decideOn(HELD, [anExtend({ of: OF, seconds })], { settings: { maxExtendSeconds, holdSeconds: 7 } });

  it.each([
    [1, 1],
    [89, 89],
    [90, 90],
    [null, 90],
  ])('of %j seconds, where 90 are allowed, adds %i to the end', (seconds, added) => {
    expect(asked(seconds).changed[0]?.after.expiresAt).toBe(NOW + LONG + added * 1000);
  });

  it.each([0, -1, 91, Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER])('of %i seconds is too long or none', (seconds) => {
    expect([answers(asked(seconds)), asked(seconds).changed]).toEqual([['EXTENSION_TOO_LONG'], []]);
  });

  it.each([null, 1])('is never granted where the SKU allows none: %j', (seconds) => {
    expect(answers(asked(seconds, 0))).toEqual(['EXTENSION_TOO_LONG']);
  });

  it('is given once: the same again is a repeat, another is refused, one that was refused may come again', () => {
    const of = { of: OF };
    const batch = decideOn(HELD, [anExtend({ ...of, seconds: 601 }), anExtend(of), anExtend(of), anExtend({ ...of, salt: 'b' })]);
    expect(answers(batch)).toEqual(['EXTENSION_TOO_LONG', 'EXTENDED', 'DUPLICATE', 'ALREADY_EXTENDED']);
    expect(batch.changed).toEqual([{ before: HELD, after: { ...HELD, ...LONGER, version: 6 } }]);
  });

  it('keeps the hold from ending at its first end', () => {
    const row = { ...HELD, ...LONGER };
    const confirmedAt = (now: number): string[] => answers(decideOn(row, [aConfirm({ of: OF })], { now }));
    expect([confirmedAt(NOW + 2 * LONG - 1), confirmedAt(NOW + 2 * LONG)]).toEqual([['CONFIRMED'], ['RESERVATION_EXPIRED']]);
  });
});
