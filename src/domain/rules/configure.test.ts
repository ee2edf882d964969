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
} from '../../../test/support/domain.js';
import type { SkuChange } from '../command.js';
import { decide } from '../decide.js';
import { HOLD_SECONDS_DEFAULT, MAX_QUANTITY_DEFAULT, PER_USER_LIMIT_DEFAULT } from '../limits.js';
import { SKU_STATES, type SkuSettings, type Stock, unknownStock } from '../stock.js';
import { configure } from './configure.js';

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

  it('cannot make it unknown: it could be created anew then', () => {
    // @ts-expect-error: UNKNOWN is no state that a change may name.
    const state: SkuChange['state'] = 'UNKNOWN';
    expect(SKU_STATES).toContain(state);
  });

  it('is not found where there is none', () => {
    expect(run(STUB, { ifMatch: 0, change: { holdSeconds: 1 } })).toBe('NOT_FOUND');
    expect(run(STUB, { ifMatch: 4 })).toBe('NOT_FOUND');
  });
});

describe("a sale's window", () => {
  const windowed = (opensAt: number | null, closesAt: number | null): Stock => aStock({ settings: { opensAt, closesAt } });
  const free = windowed(null, null);

  it.each<[string, Stock, SkuChange, string | undefined]>([
    ['closing before it opens', free, { opensAt: 6, closesAt: 5 }, 'INVALID_WINDOW'],
    ['closing as it opens', free, { opensAt: 5, closesAt: 5 }, 'INVALID_WINDOW'],
    ['of a millisecond', free, { opensAt: 5, closesAt: 6 }, undefined],
    ['closing before it opens, by the bound that stays', windowed(5, null), { closesAt: 4 }, 'INVALID_WINDOW'],
    ['opening as it closes, by the bound that stays', windowed(null, 5), { opensAt: 5 }, 'INVALID_WINDOW'],
    ['moved beyond the old bounds', windowed(5, 6), { opensAt: 7, closesAt: 8 }, undefined],
    ['without the bound that was in the way', windowed(5, 6), { opensAt: null, closesAt: 4 }, undefined],
    ['of which only one bound is left, 0 or not', windowed(5, 6), { opensAt: 0, closesAt: null }, undefined],
    ['from 0 to 0', free, { opensAt: 0, closesAt: 0 }, 'INVALID_WINDOW'],
  ])('%s', (_what, stock, change, refusal) => {
    const result = run(stock, { ifMatch: 0, change });
    if (refusal !== undefined) expect(result).toBe(refusal);
    else expect(result).toEqual({ ...stock, settings: { ...stock.settings, ...change }, version: 9 });
  });

  it('is judged at creation too, and after whether the SKU and its version are the right ones', () => {
    const change = { opensAt: 6, closesAt: 5 };
    expect(run(STUB, { total: 5, change })).toBe('INVALID_WINDOW');
    expect(run(STUB, { ifMatch: 0, change })).toBe('NOT_FOUND');
    expect(run(aStock({ version: 4 }), { ifMatch: 3, change })).toBe('VERSION_CONFLICT');
  });

  it('that is refused changes nothing, takes a number, and stays refused when it comes again', () => {
    const wrong = aConfigure({ ifMatch: 0, change: { opensAt: NOW + 6, closesAt: NOW + 5, maxQuantity: 1 } });
    const { decisions, after, created } = decide(aSnapshot(), inLog([wrong, wrong, aConfigure({ ifMatch: 0 })]), NOW);
    expect(decisions.map(({ outcome, reason, settings }) => [reason ?? outcome, settings])).toEqual([
      ['INVALID_WINDOW', null],
      ['DUPLICATE', null],
      ['CONFIGURED', aStock().settings],
    ]);
    expect([after.settings, after.version, after.sequence, created]).toEqual([aStock().settings, 3, 3, []]);
  });
});

describe('configure commands in the log', () => {
  const halve = aConfigure({ ifMatch: 0, change: { maxQuantity: 5 } });

  it('take a number each, and name no reservation', () => {
    const batch = decide(aSnapshot(), inLog([halve, aConfigure({ ifMatch: 0, change: { maxQuantity: 4 } })]), NOW);
    expect(batch.decisions).toEqual([
      {
        sequence: 1,
        record: { ...halve, offset: 0 },
        outcome: 'CONFIGURED',
        reason: null,
        reservation: null,
        settings: batch.after.settings,
      },
      expect.objectContaining({ sequence: 2, outcome: 'REFUSED', reason: 'VERSION_CONFLICT', reservation: null, settings: null }),
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

describe('a change of whatever version', () => {
  const pause = { ifMatch: '*', change: { state: 'PAUSED' } } as const;

  it('is applied to the settings as they are, and is a version of its own', () => {
    const stock = aStock({ version: 7, settings: { perUserLimit: 3 } });
    expect(run(stock, pause)).toEqual({ ...stock, version: 9, settings: { ...stock.settings, state: 'PAUSED' } });
  });

  it('needs a SKU, and neither creates one nor sets its total', () => {
    expect(run(STUB, pause)).toBe('NOT_FOUND');
    expect(run(STUB, { ...pause, total: 5 })).toBe('NOT_FOUND');
    expect(run(aStock(), { ...pause, total: 5 })).toBe('VERSION_CONFLICT');
  });

  it('keeps the window a window', () => {
    expect(run(aStock({ settings: { closesAt: NOW } }), { ifMatch: '*', change: { opensAt: NOW } })).toBe('INVALID_WINDOW');
  });
});
