import Table from 'cli-table3';
import type { K6Summary } from './k6-summary.js';
import { titleOf } from './verdict.js';

/** One rate of a profile that looks for a limit. */
export interface Step {
  readonly ratePerSecond: number;
  readonly requests: number;
  /** k6 could not even start them. */
  readonly dropped: number;
  readonly errorShare: number;
  readonly p95Ms: number;
  readonly p99Ms: number;
  /** Thresholds that were crossed. */
  readonly crossed: readonly string[];
}

const SCENARIO = /[{,]scenario:rate-([\d.]+)\}$/;

/** In the order of their rates; those that were not reached are left out. */
export function stepsOf({ metrics }: K6Summary): Step[] {
  const rates = new Set(Object.keys(metrics).flatMap((metric) => SCENARIO.exec(metric)?.[1] ?? []));
  const steps = [...rates].map((rate) => {
    const own = Object.entries(metrics).filter(([metric]) => SCENARIO.exec(metric)?.[1] === rate);
    const value = (name: string, figure: string): number => own.find(([metric]) => metric.startsWith(`${name}{`))?.[1].values[figure] ?? 0;
    return {
      ratePerSecond: Number(rate),
      requests: value('iterations', 'count'),
      dropped: value('dropped_iterations', 'count'),
      errorShare: value('http_req_failed', 'rate'),
      p95Ms: value('http_req_duration', 'p(95)'),
      p99Ms: value('http_req_duration', 'p(99)'),
      crossed: own.flatMap(([metric, { thresholds = {} }]) =>
        Object.entries(thresholds).flatMap(([limit, { ok }]) => (ok ? [] : [`${titleOf(metric)} ${limit}`])),
      ),
    };
  });
  return steps.filter(({ requests, dropped }) => requests + dropped > 0).sort((a, b) => a.ratePerSecond - b.ratePerSecond);
}

/** Up to the first that broke: one behind it was cut short, or met what that one had left. */
export function answerOf(steps: readonly Step[]): string {
  const at = steps.findIndex(({ crossed }) => crossed.length > 0);
  const broken = steps[at];
  const held = at === -1 ? steps.at(-1) : steps[at - 1];
  const [last, first] = [held, broken].map((step) => step?.ratePerSecond.toLocaleString('en'));
  if (broken === undefined) return last === undefined ? 'no step was reached' : `${last} requests/s held, and nothing higher was tried`;
  const why = broken.crossed.join(', ');
  return last === undefined ? `not even ${first} requests/s held (${why})` : `${last} requests/s held, ${first} did not (${why})`;
}

export function tableOfSteps(steps: readonly Step[]): string {
  const table = new Table({
    head: ['requests/s', 'sent', 'not sent', 'errors', 'accept p95', 'p99', 'crossed'],
    style: { head: [], border: [] },
  });
  for (const { ratePerSecond, requests, dropped, errorShare, p95Ms, p99Ms, crossed } of steps) {
    const share = `${(errorShare * 100).toFixed(2)} %`;
    table.push([ratePerSecond, requests, dropped, share, `${p95Ms.toFixed(1)} ms`, `${p99Ms.toFixed(1)} ms`, crossed.join(', ')]);
  }
  return table.toString();
}
