import type { Figures, Recount } from '../../src/audit/figures.js';
import { HOT_SKU } from './catalogue.js';
import { closingLine, type Outcome, outcomeOf } from './outcome.js';
import { report } from './report.js';
import { Tally } from './tally.js';

const options = { buyers: 5_000, units: 500, rate: 800, killWriter: false, keep: false, json: false };
const figures: Figures = {
  ...{ total: 500, reserved: 500, confirmed: 0, decisions: 700, repeats: 20, refused: { SOLD_OUT: 180, USER_LIMIT_EXCEEDED: 2 } },
  ...{ oversold: 0, lost: 0, duplicates: 0, fifoViolations: 0, orderBreaks: 0, sequenceGaps: 0, undersold: 0, limitBreaches: 0 },
  ...{ chainBreaks: 0, lifeBreaks: 0, conservationBreaks: 0, unreadable: 0 },
};

function outcome(changed: Partial<Figures> = {}, more: Partial<Parameters<typeof outcomeOf>[0]> = {}): Outcome {
  const found = { ...figures, ...changed };
  const recount: Recount = {
    skus: [{ ...found, skuId: HOT_SKU, counters: null }],
    totals: found,
    partitions: [],
    lostRequests: [],
    accountingBreaks: 0,
  };
  return outcomeOf({ options, hotSku: HOT_SKU, asks: 5_500, saleMs: 7_000, tally: new Tally(), kill: null, recount, ...more });
}

describe('the verdict', () => {
  it('is good when nothing is wrong', () => {
    expect(outcome().faults).toEqual([]);
    expect(closingLine(outcome())).toBe('sale: oversold 0, lost 0, duplicates 0, fifo violations 0');
  });

  it('names each of the four figures', () =>
    expect(closingLine(outcome({ oversold: 1, lost: 2, duplicates: 3, fifoViolations: 4 }))).toBe(
      'sale: oversold 1, lost 2, duplicates 3, fifo violations 4',
    ));

  it.each<[string, Partial<Figures>]>([
    ['oversold', { oversold: 1 }],
    ['counters that disagree', { conservationBreaks: 1 }],
    ['unsold units', { reserved: 499 }],
  ])('is bad for %s', (_what, changed) => expect(outcome(changed).faults).toHaveLength(1));

  it('is bad when a kill was asked for and did not happen, or nothing was decided after it', () => {
    const killing = { ...options, killWriter: true };
    expect(outcome({}, { options: killing }).faults).toHaveLength(1);
    const kill = { writer: 'writer-1', pid: 1, partition: 3, unitsLeft: 300, resumedAfterMs: null };
    expect(outcome({}, { options: killing, kill }).faults).toHaveLength(1);
    expect(outcome({}, { options: killing, kill: { ...kill, resumedAfterMs: 2_345 } }).faults).toEqual([]);
    expect(report(outcome({}, { options: killing, kill: { ...kill, resumedAfterMs: 2_345 } }))).toContain('decisions resumed after 2.35 s');
  });
});

it('the report holds the table', () => {
  const text = report(outcome());
  for (const part of [HOT_SKU, 'SOLD_OUT 180', 'duplicates', 'violations', 'p99', 'accept to decision']) expect(text).toContain(part);
});
