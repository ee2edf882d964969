import { figuresOf, parseSummary, thresholdsOf } from './k6-summary.js';
import { checksOf, tableOf } from './verdict.js';

/** As k6 1.8 hands it to handleSummary, shortened. */
const summary = parseSummary(
  JSON.stringify({
    metrics: {
      iterations: { values: { count: 900, rate: 111 } },
      flashsale_accepted: { values: { count: 645, rate: 78 } },
      flashsale_failed: { values: { count: 58, rate: 7 } },
      dropped_iterations: { values: { count: 0, rate: 0 }, thresholds: { 'count<=9': { ok: true } } },
      'http_req_failed{name:reserve}': { values: { rate: 0.064 }, thresholds: { 'rate<0.01': { ok: false } } },
      'http_req_duration{name:reserve,expected_response:true}': {
        values: { med: 160, 'p(95)': 161.7, 'p(99)': 162.7 },
        thresholds: { 'p(95)<=120': { ok: false }, 'p(99)<=200': { ok: true } },
      },
    },
  }),
);
const figures = figuresOf(summary);
const clean = {
  ...{ oversold: 0, lost: 0, duplicates: 0, fifoViolations: 0 },
  ...{ lifeBreaks: 0, conservationBreaks: 0, unreadable: 0, unaccounted: 0 },
};

test('a metric that k6 never saw counts as nothing', () => {
  expect(figures).toMatchObject({ requests: 900, accepted: 645, refused: 0, failed: 58, acceptP95Ms: 161.7 });
});

test('k6 judges its thresholds', () => {
  const broken = checksOf(thresholdsOf(summary), figures, clean).filter(({ ok }) => !ok);
  expect(broken).toEqual([
    { name: 'errors', measured: '6.44 %', limit: 'rate<0.01', ok: false },
    { name: 'accept latency', measured: '161.7 ms', limit: 'p(95)<=120', ok: false },
  ]);
});

test.each(Object.keys(clean))('one that is %s breaks the promise', (fault) => {
  const checks = checksOf([], figures, { ...clean, [fault]: 1 });
  expect(checks.filter(({ ok }) => !ok)).toHaveLength(1);
  expect(tableOf(figures, checks)).toContain('BROKEN');
});

test('a summary without metrics is no summary', () => {
  expect(() => parseSummary('{}')).toThrow('no metrics');
});
