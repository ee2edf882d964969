import {
  FAULTS,
  type FaultName,
  type Figures,
  isClean,
  type LostRequest,
  type PartitionFigures,
  type Recount,
  type SkuFigures,
} from './figures.js';

/** Named one by one; of more there is the number. */
const MAX_NAMED = 100;

/** A recount as it is kept and shown: its length does not grow with the sale. */
export interface RecountReport {
  readonly skus: number;
  readonly totals: Figures;
  readonly accountingBreaks: number;
  readonly partitions: readonly PartitionFigures[];
  /** By name, those that are not 0. `accountingBreaks` is one of them. */
  readonly faults: Partial<Record<FaultName | 'accountingBreaks', number>>;
  /** The first hundred, by id. */
  readonly faultySkus: readonly SkuFigures[];
  readonly lostRequests: readonly LostRequest[];
}

/** Why there is none. */
export interface FailedReport {
  readonly error: string;
}

export function reportOf(found: Recount): RecountReport {
  const { skus, totals, accountingBreaks, partitions, lostRequests } = found;
  const faults: RecountReport['faults'] = Object.fromEntries(
    FAULTS.filter((fault) => totals[fault] !== 0).map((fault) => [fault, totals[fault]]),
  );
  return {
    skus: skus.length,
    totals,
    accountingBreaks,
    partitions,
    faults: accountingBreaks === 0 ? faults : { ...faults, accountingBreaks },
    faultySkus: skus.filter((sku) => FAULTS.some((fault) => sku[fault] !== 0)).slice(0, MAX_NAMED),
    lostRequests: lostRequests.slice(0, MAX_NAMED),
  };
}

export const outcomeOf = (found: Recount): 'CLEAN' | 'FAULTY' => (isClean(found) ? 'CLEAN' : 'FAULTY');
