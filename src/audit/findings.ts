import { FAULTS, type Figures, type LostRequest, type SkuFigures } from './figures.js';

/** What the statements say about one SKU: a SKU that a statement knows nothing of is missing from its answer. */
export interface SkuFindings {
  readonly skuId: string;
  readonly total?: number;
  readonly reserved?: number;
  readonly confirmed?: number;
  readonly decisions?: number;
  readonly repeats?: number;
  readonly refused?: Readonly<Record<string, number>>;
  /** The stock row's; null where there is none. */
  readonly countedTotal?: number | null;
  readonly countedReserved?: number | null;
  readonly countedConfirmed?: number | null;
  readonly headBreaks?: number;
  /** Units held, and sold, at the end of the ledger's replay. */
  readonly ledgerReserved?: number;
  readonly ledgerConfirmed?: number;
  /** The worst moment of the ledger's replay. */
  readonly oversold?: number;
  readonly undersold?: number;
  readonly limitBreaches?: number;
  readonly lifeBreaks?: number;
  readonly duplicates?: number;
  readonly orderBreaks?: number;
  readonly sequenceGaps?: number;
  readonly unreadable?: number;
  readonly chainBreaks?: number;
  readonly rowBreaks?: number;
}

export function ofSku(found: SkuFindings, lost: readonly LostRequest[]): SkuFigures {
  const { skuId, total = 0, reserved = 0, confirmed = 0, decisions = 0, repeats = 0, refused = {}, duplicates = 0 } = found;
  const { orderBreaks = 0, sequenceGaps = 0, undersold = 0, limitBreaches = 0, chainBreaks = 0, lifeBreaks = 0, unreadable = 0 } = found;
  const counters = countersOf(found);
  return {
    skuId,
    counters,
    total,
    reserved,
    confirmed,
    decisions,
    repeats,
    refused,
    oversold: Math.max(found.oversold ?? 0, reserved + confirmed - total, 0),
    lost: lost.filter((request) => request.skuId === skuId).length,
    duplicates,
    fifoViolations: orderBreaks + sequenceGaps + undersold + limitBreaches + chainBreaks,
    orderBreaks,
    sequenceGaps,
    undersold,
    limitBreaches,
    chainBreaks,
    lifeBreaks,
    conservationBreaks: (found.headBreaks ?? 0) + (found.rowBreaks ?? 0) + disagreements(found, counters),
    unreadable,
  };
}

function countersOf({ countedTotal, countedReserved, countedConfirmed }: SkuFindings): SkuFigures['counters'] {
  if (typeof countedTotal !== 'number' || typeof countedReserved !== 'number' || typeof countedConfirmed !== 'number') return null;
  return { total: countedTotal, reserved: countedReserved, confirmed: countedConfirmed };
}

/** Counters against rows, rows against ledger. A SKU without a stock row is one disagreement already: its head is missing. */
function disagreements(found: SkuFindings, counters: SkuFigures['counters']): number {
  const { total = 0, reserved = 0, confirmed = 0, ledgerReserved = 0, ledgerConfirmed = 0 } = found;
  const pairs: [number, number][] = [
    [ledgerReserved, reserved],
    [ledgerConfirmed, confirmed],
  ];
  if (counters !== null) pairs.push([counters.total, total], [counters.reserved, reserved], [counters.confirmed, confirmed]);
  return pairs.filter(([one, other]) => one !== other).length;
}

/** `lost` apart: an accepted request that left no trace belongs to no SKU that the tables could name. */
export function totalsOf(skus: readonly SkuFigures[], lost: number): Figures {
  const sum = (name: Exclude<keyof Figures, 'refused'>): number => skus.reduce((all, sku) => all + sku[name], 0);
  const refused: Record<string, number> = {};
  for (const sku of skus) for (const [reason, n] of Object.entries(sku.refused)) refused[reason] = (refused[reason] ?? 0) + n;
  const faults = Object.fromEntries(FAULTS.map((fault) => [fault, sum(fault)])) as Record<(typeof FAULTS)[number], number>;
  return {
    total: sum('total'),
    reserved: sum('reserved'),
    confirmed: sum('confirmed'),
    decisions: sum('decisions'),
    repeats: sum('repeats'),
    refused,
    ...faults,
    lost,
  };
}
