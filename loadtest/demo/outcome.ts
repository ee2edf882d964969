import { isClean, type Recount } from '../../src/audit/figures.js';
import type { Kill } from './kill.js';
import type { DemoOptions } from './options.js';
import { type Percentiles, percentiles, type Tally } from './tally.js';

/** All that a demo found, as its report tells it and --json prints it. */
export interface Outcome {
  readonly options: DemoOptions;
  readonly hotSku: string;
  readonly sale: {
    readonly asks: number;
    readonly repeats: number;
    readonly accepted: number;
    readonly acceptedReservations: number;
    readonly replayed: number;
    readonly refusedAtTheDoor: Readonly<Record<string, number>>;
    readonly retries: Readonly<Record<string, number>>;
    readonly gaveUp: number;
    readonly keysWithTwoIds: number;
    readonly seconds: number;
  };
  readonly latency: { readonly accept: Percentiles; readonly acceptToDecision: Percentiles };
  readonly kill: Kill | null;
  readonly recount: Recount;
  readonly oversold: number;
  readonly lost: number;
  readonly duplicates: number;
  readonly fifoViolations: number;
  /** Why the exit code is 1, in words; empty in a sale that went right. */
  readonly faults: readonly string[];
}

export function outcomeOf(found: {
  options: DemoOptions;
  hotSku: string;
  asks: number;
  saleMs: number;
  tally: Tally;
  kill: Kill | null;
  recount: Recount;
}): Outcome {
  const { options, hotSku, asks, saleMs, tally, kill, recount } = found;
  const { totals } = recount;
  return {
    options,
    hotSku,
    sale: {
      asks,
      repeats: tally.repeats,
      accepted: tally.accepted,
      acceptedReservations: tally.acceptedIds.size,
      replayed: tally.replayed,
      refusedAtTheDoor: Object.fromEntries(tally.refusedAtTheDoor),
      retries: Object.fromEntries(tally.retries),
      gaveUp: tally.gaveUp,
      keysWithTwoIds: tally.keysWithTwoIds,
      seconds: Math.round(saleMs) / 1_000,
    },
    latency: { accept: percentiles(tally.acceptLatency), acceptToDecision: percentiles(tally.decisionLatency) },
    kill,
    recount,
    oversold: totals.oversold,
    lost: totals.lost,
    // The recount sees what the service stored; that one key got two ids, only the buyers can see.
    duplicates: totals.duplicates + tally.keysWithTwoIds,
    fifoViolations: totals.fifoViolations,
    faults: faultsOf(found),
  };
}

function faultsOf({ options, hotSku, tally, kill, recount }: Parameters<typeof outcomeOf>[0]): string[] {
  const { totals, accountingBreaks } = recount;
  const faults: string[] = [];
  if (!isClean(recount)) faults.push(`the recount found faults: ${JSON.stringify({ ...totals, accountingBreaks })}`);
  if (tally.keysWithTwoIds > 0) faults.push(`${tally.keysWithTwoIds} keys got two reservations`);
  if (tally.gaveUp > 0) faults.push(`${tally.gaveUp} buyers gave up`);
  const hot = recount.skus.find(({ skuId }) => skuId === hotSku);
  const taken = hot === undefined ? 0 : hot.reserved + hot.confirmed;
  const expected = Math.min(options.units, options.buyers);
  if (taken !== expected)
    faults.push(`${taken} hot units are reserved; ${options.buyers} buyers for ${options.units} units should take ${expected}`);
  if (options.killWriter && kill === null) faults.push('no writer was killed: the sale ended before');
  if (kill !== null && kill.resumedAfterMs === null) faults.push('nothing was decided any more after the kill');
  return faults;
}

/** The line that scripts and people look for. */
export const closingLine = ({ oversold, lost, duplicates, fifoViolations }: Outcome): string =>
  `sale: oversold ${oversold}, lost ${lost}, duplicates ${duplicates}, fifo violations ${fifoViolations}`;
