import Table from 'cli-table3';
import type { LoadFigures, Threshold } from './k6-summary.js';
import type { Zeroes } from './recount-after-run.js';

export interface Check {
  readonly name: string;
  readonly measured: string;
  readonly limit: string;
  readonly ok: boolean;
}

/** k6 judges its own thresholds; what must be zero is judged here, from the database. */
export function checksOf(thresholds: readonly Threshold[], figures: LoadFigures, recount: Zeroes): Check[] {
  return [
    ...thresholds.map(({ metric, limit, ok }) => ({ name: titleOf(metric), measured: measuredFor(metric, limit, figures), limit, ok })),
    ...Object.entries(zeroes(recount)).map(([name, count]) => ({ name, measured: String(count), limit: '0', ok: count === 0 })),
  ];
}

export function tableOf(figures: LoadFigures, checks: readonly Check[]): string {
  const answers = new Table({
    head: ['requests', 'accepted', 'refused', 'failed', 'not sent', 'accept p50'],
    style: { head: [], border: [] },
  });
  const { requests, accepted, refused, failed, dropped, acceptP50Ms } = figures;
  answers.push([requests, accepted, refused, failed, dropped, `${acceptP50Ms.toFixed(1)} ms`]);
  const table = new Table({ head: ['promise', 'measured', 'limit', ''], style: { head: [], border: [] } });
  for (const { name, measured, limit, ok } of checks) table.push([name, measured, limit, ok ? 'kept' : 'BROKEN']);
  return `${answers}\n${table}`;
}

function zeroes(found: Zeroes): Record<string, number> {
  return {
    oversold: found.oversold,
    lost: found.lost,
    duplicates: found.duplicates,
    'fifo violations': found.fifoViolations,
    'illegal changes': found.lifeBreaks,
    'counters and rows and ledger disagree': found.conservationBreaks,
    'ledger lines that cannot be read': found.unreadable,
    'records unaccounted for': found.unaccounted,
  };
}

/** What a metric is called in the tables. */
export function titleOf(metric: string): string {
  if (metric.startsWith('http_req_duration')) return 'accept latency';
  if (metric.startsWith('http_req_failed')) return 'errors';
  if (metric.startsWith('dropped_iterations')) return 'requests not sent';
  return metric;
}

function measuredFor(metric: string, limit: string, figures: LoadFigures): string {
  if (metric.startsWith('http_req_failed')) return `${((100 * figures.failed) / Math.max(1, figures.requests)).toFixed(2)} %`;
  if (metric === 'dropped_iterations') return String(figures.dropped);
  if (limit.startsWith('p(95)')) return `${figures.acceptP95Ms.toFixed(1)} ms`;
  if (limit.startsWith('p(99)')) return `${figures.acceptP99Ms.toFixed(1)} ms`;
  return '';
}
