import { parseSummary } from './k6-summary.js';
import { answerOf, stepsOf, tableOfSteps } from './steps.js';

interface Ran {
  readonly requests: number;
  readonly p95?: number;
}

/** As k6 1.8 hands it to handleSummary, shortened: a step that was not reached is there, with nothing in it. */
function summaryOf(ran: Readonly<Record<number, Ran>>) {
  const metrics = Object.entries(ran).flatMap(([rate, { requests, p95 = 10 }]) => [
    [
      `http_req_duration{name:reserve,expected_response:true,scenario:rate-${rate}}`,
      { values: { 'p(95)': p95, 'p(99)': p95 }, thresholds: { 'p(95)<=120': { ok: p95 <= 120 }, 'p(99)<=200': { ok: p95 <= 200 } } },
    ],
    [`http_req_failed{name:reserve,scenario:rate-${rate}}`, { values: { rate: 0 }, thresholds: { 'rate<0.01': { ok: true } } }],
    [`dropped_iterations{scenario:rate-${rate}}`, { values: { count: 0 }, thresholds: { 'count<=10': { ok: true } } }],
    [`iterations{scenario:rate-${rate}}`, { values: { count: requests }, thresholds: { 'count>=0': { ok: true } } }],
  ]);
  const overall = {
    'http_req_duration{name:reserve,expected_response:true}': { values: { med: 1 }, thresholds: { 'max>=0': { ok: true } } },
  };
  return parseSummary(JSON.stringify({ metrics: { ...overall, ...Object.fromEntries(metrics) } }));
}

test('the last step before the first that broke is the answer, and why it broke', () => {
  const steps = stepsOf(summaryOf({ 1000: { requests: 800, p95: 500 }, 500: { requests: 1_000 }, 2000: { requests: 0 } }));
  expect(steps.map(({ ratePerSecond, crossed }) => [ratePerSecond, crossed])).toEqual([
    [500, []],
    [1_000, ['accept latency p(95)<=120', 'accept latency p(99)<=200']],
  ]);
  expect(answerOf(steps)).toBe('500 requests/s held, 1,000 did not (accept latency p(95)<=120, accept latency p(99)<=200)');
  expect(tableOfSteps(steps)).toContain('500.0 ms');
});

test('a step behind one that broke does not count, however it went', () => {
  const steps = stepsOf(summaryOf({ 500: { requests: 1_000 }, 1000: { requests: 2_000, p95: 150 }, 2000: { requests: 300 } }));
  expect(answerOf(steps)).toBe('500 requests/s held, 1,000 did not (accept latency p(95)<=120)');
});

test('it may break at once, or not at all, or not begin', () => {
  expect(answerOf(stepsOf(summaryOf({ 500: { requests: 100, p95: 130 } })))).toBe(
    'not even 500 requests/s held (accept latency p(95)<=120)',
  );
  expect(answerOf(stepsOf(summaryOf({ 500: { requests: 1_000 } })))).toBe('500 requests/s held, and nothing higher was tried');
  expect(answerOf(stepsOf(summaryOf({})))).toBe('no step was reached');
});
