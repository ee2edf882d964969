import {
  anAdjust,
  answers,
  aRow,
  aSnapshot,
  aStock,
  committed,
  inLog,
  NOW,
  PARTITION,
  SKU,
  type StockParts,
} from '../../../test/support/domain.js';
import { decide } from '../decide.js';
import { UNITS_MAX } from '../limits.js';
import { ADJUST_REFUSALS } from '../refusal.js';
import { unknownStock } from '../stock.js';
import { adjust } from './adjust.js';

const run = (parts: StockParts, delta: number): number | string => adjust(aStock(parts), anAdjust({ delta }).command);
const TAKEN = { total: 10, reserved: 3, confirmed: 4 };

describe('an adjustment', () => {
  it.each([
    [5, 15],
    [0, 10],
    [-2, 8],
    [-3, 7],
    [UNITS_MAX - 10, UNITS_MAX],
    [-4, 'BELOW_COMMITTED'],
    [-Number.MAX_SAFE_INTEGER, 'BELOW_COMMITTED'],
    [UNITS_MAX - 9, 'TOTAL_TOO_LARGE'],
    [Number.MAX_SAFE_INTEGER, 'TOTAL_TOO_LARGE'],
  ])('by %i of 10 units, 7 of them given out: %j', (delta, expected) => {
    expect(run(TAKEN, delta)).toBe(expected);
  });

  it('may take all that nobody has', () => {
    expect(run({ total: 10 }, -10)).toBe(0);
    expect(run({ total: 10 }, -11)).toBe('BELOW_COMMITTED');
  });

  it('is right also while the sale is paused', () => {
    expect(run({ ...TAKEN, settings: { state: 'PAUSED' } }, 1)).toBe(11);
  });

  it.each([1, -1, UNITS_MAX + 1])('by %i of a SKU that nobody created is not found, before all else', (delta) => {
    expect(adjust(unknownStock(SKU, PARTITION), anAdjust({ delta }).command)).toBe('NOT_FOUND');
  });

  it('is refused in the documented order', () => {
    expect(ADJUST_REFUSALS).toEqual(['NOT_FOUND', 'BELOW_COMMITTED', 'TOTAL_TOO_LARGE']);
    // More was given out than there may ever be: both apply.
    expect(run({ total: 10, reserved: UNITS_MAX + 50 }, UNITS_MAX)).toBe('BELOW_COMMITTED');
  });
});

describe('among other commands', () => {
  const more = anAdjust({ delta: 5 });

  it('counts at once, and is no new version of the settings', () => {
    const batch = decide(aSnapshot(aStock({ ...TAKEN, version: 2, sequence: 6 }), [aRow({ quantity: 3 })]), [more], NOW);
    expect(batch.decisions).toEqual([{ sequence: 7, record: more, outcome: 'ADJUSTED', reason: null, reservation: null, settings: null }]);
    expect(batch.after).toMatchObject({ ...TAKEN, total: 15, version: 2, sequence: 7, settings: aStock().settings });
    expect([batch.created, batch.changed, batch.holdings.size]).toEqual([[], [], 0]);
  });

  it('that comes again is a repeat: in the batch, and after it', () => {
    const first = decide(aSnapshot(), inLog([more, more, anAdjust({ delta: 5, salt: 'b' })]), NOW);
    const second = decide(committed(aSnapshot(), first), inLog([more], 3), NOW);
    expect([...answers(first), ...answers(second)]).toEqual(['ADJUSTED', 'DUPLICATE', 'ADJUSTED', 'DUPLICATE']);
    expect(second.after.total).toBe(110);
  });

  it('that was refused stays refused', () => {
    const less = anAdjust({ delta: -8 });
    const batch = decide(aSnapshot(aStock(TAKEN)), inLog([less, more, less]), NOW);
    expect(answers(batch)).toEqual(['BELOW_COMMITTED', 'ADJUSTED', 'DUPLICATE']);
    expect(batch.after.total).toBe(15);
  });
});
