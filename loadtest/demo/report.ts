import Table from 'cli-table3';
import type { Figures } from '../../src/audit/figures.js';
import { RAMP_MS } from './buyers.js';
import type { Outcome } from './outcome.js';
import type { Percentiles } from './tally.js';

/** What a person reads after the sale. Plain text without colours: it is as often kept as it is watched. */
export function report(outcome: Outcome): string {
  const parts = [
    saleText(outcome),
    skuTable(outcome),
    notes(outcome),
    latencyTable(outcome),
    killText(outcome),
    ...outcome.faults.map((fault) => `FAULT: ${fault}`),
  ];
  return parts.filter((part) => part !== '').join('\n\n');
}

function saleText({ sale, options }: Outcome): string {
  const lines = [
    `${sale.asks} requests in ${sale.seconds.toFixed(1)} s (growing to ${options.rate}/s in the first ${RAMP_MS / 1_000} s), ${sale.repeats} of them repeats:`,
    `${sale.accepted} accepted (202), ${sale.replayed} known already (200), refused at the door: ${counts(sale.refusedAtTheDoor)}.`,
  ];
  if (Object.keys(sale.retries).length > 0)
    lines.push(`Tried again by the buyers, with the same key: ${counts(sale.retries)}; gave up: ${sale.gaveUp}.`);
  return lines.join('\n');
}

function skuTable({ recount, hotSku }: Outcome): string {
  const table = new Table({
    head: ['SKU', 'units', 'reserved', 'refused by decision', 'oversold', 'lost', 'duplicates', 'FIFO\nviolations'],
    colAligns: ['left', 'right', 'right', 'left', 'right', 'right', 'right', 'right'],
    style: { head: [], border: [] },
    // No rules between the rows.
    chars: { mid: '', 'left-mid': '', 'mid-mid': '', 'right-mid': '' },
  });
  const hotFirst = [...recount.skus].sort((a, b) => Number(b.skuId === hotSku) - Number(a.skuId === hotSku));
  for (const sku of hotFirst) table.push([sku.skuId, ...cells(sku)]);
  table.push(['all', ...cells(recount.totals)]);
  return `Recounted in SQL from rows and ledger:\n${table.toString()}`;
}

const cells = ({ total, reserved, confirmed, refused, oversold, lost, duplicates, fifoViolations }: Figures): (string | number)[] => [
  total,
  reserved + confirmed,
  counts(refused, '\n'),
  oversold,
  lost,
  duplicates,
  fifoViolations,
];

function notes({ recount: { totals, accountingBreaks, partitions } }: Outcome): string {
  const decided = partitions.reduce((sum, partition) => sum + partition.decided, 0);
  return [
    `${totals.decisions} decisions, ${totals.repeats} of them repeats without effect; ${decided} records below the positions accounted for.`,
    `Undersold ${totals.undersold}, limit breaches ${totals.limitBreaches}, hash chain breaks ${totals.chainBreaks}, illegal changes ${totals.lifeBreaks}, ` +
      `counters and rows and ledger disagree ${totals.conservationBreaks}, records unaccounted for ${accountingBreaks}.`,
  ].join('\n');
}

function latencyTable({ latency }: Outcome): string {
  const table = new Table({
    head: ['latency', 'p50 ms', 'p95 ms', 'p99 ms', 'measured'],
    colAligns: ['left', 'right', 'right', 'right', 'right'],
    style: { head: [], border: [] },
  });
  const row = (name: string, { p50Ms, p95Ms, p99Ms, count }: Percentiles): (string | number)[] => [name, p50Ms, p95Ms, p99Ms, count];
  table.push(row('accept', latency.accept), row('accept to decision', latency.acceptToDecision));
  return `${table.toString()}
accept: from the moment a request was due until its 202, waiting and retries included.
accept to decision: for one accepted request in five, from its 202 until GET with Prefer: wait answers the committed decision.`;
}

function killText({ kill }: Outcome): string {
  if (kill === null) return '';
  const { writer, pid, partition, unitsLeft, resumedAfterMs } = kill;
  const killed = `${writer} (pid ${pid}), owner of the hot SKU's partition ${partition}, got SIGKILL with ${unitsLeft} hot units left, and was not started again.`;
  return `${killed}\n${resumedAfterMs === null ? 'decisions did not resume' : resumedText(resumedAfterMs)}`;
}

export const resumedText = (ms: number): string => `decisions resumed after ${(ms / 1_000).toFixed(2)} s`;

function counts(of: Readonly<Record<string, number>>, separator = ', '): string {
  const entries = Object.entries(of).sort(([, a], [, b]) => b - a);
  return entries.length === 0 ? 'none' : entries.map(([name, n]) => `${name} ${n}`).join(separator);
}
