import {
  aConfigure,
  answers,
  aSnapshot,
  aStock,
  type ConfigureParts,
  committed,
  inLog,
  NOW,
  PARTITION,
  SKU,
} from '../../test/support/domain.js';
import { configure } from './configure.js';
import { decide } from './decide.js';
import { HOLD_SECONDS_DEFAULT, MAX_QUANTITY_DEFAULT, PER_USER_LIMIT_DEFAULT } from './limits.js';
import { type SkuSettings, type Stock, unknownStock } from './stock.js';

const STUB = unknownStock(SKU, PARTITION);
const run = (stock: Stock, parts: ConfigureParts, sequence = 9): Stock | string => configure(stock, aConfigure(parts).command, sequence);

const DEFAULTS: SkuSettings = {
  name: SKU,
  state: 'OPEN',
  perUserLimit: PER_USER_LIMIT_DEFAULT,
  maxQuantity: MAX_QUANTITY_DEFAULT,
  holdSeconds: HOLD_SECONDS_DEFAULT,
  maxExtendSeconds: HOLD_SECONDS_DEFAULT,
  opensAt: null,
  closesAt: null,
};

const OTHERS: Required<SkuChange> = {
  name: 'shoe',
  state: 'PAUSED',
  perUserLimit: 1,
  maxQuantity: 2,
  holdSeconds: 3,
  maxExtendSeconds: 4,
  opensAt: 5,
  closesAt: 6,
};

describe('creating a SKU', () => {
  it('takes the defaults for what is not named', () => {
    expect(run(STUB, { total: 50 })).toEqual({ ...STUB, total: 50, settings: DEFAULTS, version: 9 });
  });

  it('takes all that is named', () => {
    expect(run(STUB, { total: 0, change: OTHERS })).toEqual({ ...STUB, total: 0, settings: OTHERS, version: 9 });
  });

  it('is a conflict where the SKU exists', () => {
    expect(run(aStock(), { total: 50 })).toBe('VERSION_CONFLICT');
    expect(run(aStock({ settings: { state: 'PAUSED' } }), { total: 50 })).toBe('VERSION_CONFLICT');
  });

  it('needs a total, and no version', () => {
    expect(run(STUB, {})).toBe('NOT_FOUND');
    expect(run(STUB, { total: 50, ifMatch: 0 })).toBe('NOT_FOUND');
  });
});

describe('changing a SKU', () => {
  const stock = aStock({ version: 4, sequence: 8, total: 100, reserved: 7, confirmed: 3 });

  it.each(Object.entries(OTHERS))('sets %s alone', (name, value) => {
    const expected = { ...stock, settings: { ...stock.settings, [name]: value }, version: 9 };
    expect(run(stock, { ifMatch: 4, change: { [name]: value } })).toEqual(expected);
  });

  it('keeps the settings of a paused SKU', () => {
    const paused = aStock({ settings: OTHERS });
    expect(run(paused, { ifMatch: 0, change: { state: 'OPEN' } })).toMatchObject({ settings: { ...OTHERS, state: 'OPEN' } });
  });

  it('takes a bound away by null', () => {
    const bounded = aStock({ settings: { opensAt: 1, closesAt: 2 } });
    expect(run(bounded, { ifMatch: 0, change: { opensAt: null } })).toMatchObject({ settings: { opensAt: null, closesAt: 2 } });
  });

  it('of nothing is a change too: it takes a version', () => {
    expect(run(stock, { ifMatch: 4 })).toEqual({ ...stock, version: 9 });
  });

  it.each([3, 5, 8, null])('is a conflict at version %p where it is 4', (ifMatch) => {
    expect(run(stock, { ifMatch, change: { holdSeconds: 1 } })).toBe('VERSION_CONFLICT');
  });

  it('cannot set the total', () => {
    expect(run(stock, { ifMatch: 4, total: 100 })).toBe('VERSION_CONFLICT');
  });

  it('is not found where there is none', () => {
    expect(run(STUB, { ifMatch: 0, change: { holdSeconds: 1 } })).toBe('NOT_FOUND');
    expect(run(STUB, { ifMatch: 4 })).toBe('NOT_FOUND');
  });
});

describe('configure commands in the log', () => {
  const halve = aConfigure({ ifMatch: 0, change: { maxQuantity: 5 } });

  it('take a number each, and name no reservation', () => {
    const batch = decide(aSnapshot(), inLog([halve, aConfigure({ ifMatch: 0, change: { maxQuantity: 4 } })]), NOW);
    expect(batch.decisions).toEqual([
      { sequence: 1, record: { ...halve, offset: 0 }, outcome: 'CONFIGURED', reason: null, reservation: null },
      expect.objectContaining({ sequence: 2, outcome: 'REFUSED', reason: 'VERSION_CONFLICT', reservation: null }),
    ]);
    expect([batch.after.version, batch.after.sequence, batch.after.settings.maxQuantity, batch.created]).toEqual([1, 2, 5, []]);
  });

  it('count their version by the sequence, refusals and repeats included', () => {
    const next = aConfigure({ ifMatch: 1, change: { maxQuantity: 4 } });
    const batch = decide(aSnapshot(), inLog([halve, halve, next, aConfigure({ ifMatch: 3, change: { maxQuantity: 3 } })]), NOW);
    expect(answers(batch)).toEqual(['CONFIGURED', 'DUPLICATE', 'CONFIGURED', 'CONFIGURED']);
    expect([batch.after.version, batch.after.settings.maxQuantity]).toEqual([4, 3]);
  });

  it('that come again are repeats: in the batch, and after it', () => {
    const create = aConfigure({ total: 5 });
    const first = decide(aSnapshot(STUB), inLog([create, create]), NOW);
    const second = decide(committed(aSnapshot(STUB), first), inLog([create], 2), NOW);
    expect([...answers(first), ...answers(second)]).toEqual(['CONFIGURED', 'DUPLICATE', 'DUPLICATE']);
    expect(second.after).toMatchObject({ total: 5, version: 1, sequence: 3 });
    expect(second.decisions[0]?.reservation).toBeNull();
  });

  it('that were refused stay refused', () => {
    const tooEarly = aConfigure({ ifMatch: 2, change: { maxQuantity: 1 } });
    const batch = decide(aSnapshot(STUB), inLog([tooEarly, aConfigure({ total: 5 }), tooEarly]), NOW);
    expect(answers(batch)).toEqual(['NOT_FOUND', 'CONFIGURED', 'DUPLICATE']);
    expect(batch.after.settings.maxQuantity).toBe(MAX_QUANTITY_DEFAULT);
  });
});
