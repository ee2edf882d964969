/**
 * What a recount finds, for one SKU or all of them. The figures from `oversold` on are faults: 0 in a sale that went right.
 * Those with an invariant's number are in docs/architecture.md.
 */
export interface Figures {
  /** Units by the ledger: what operators gave. */
  readonly total: number;
  /** Units in rows that are held and not paid. */
  readonly reserved: number;
  /** Units in rows that are sold. */
  readonly confirmed: number;
  /** Commands decided, repeats and refusals too. */
  readonly decisions: number;
  /** Commands that were known already and changed nothing. */
  readonly repeats: number;
  /** Refused reserve commands by reason. */
  readonly refused: Readonly<Record<string, number>>;

  /** I1: units held beyond the total, by the rows or at any moment of the ledger's replay, whichever is worse. */
  readonly oversold: number;
  /** I3: requests without exactly one decision that both ledger and rows know. */
  readonly lost: number;
  /** I4: commands that took effect again, and rows that share a sequence. */
  readonly duplicates: number;
  /** I5: sum of `orderBreaks`, `sequenceGaps`, `undersold`, `limitBreaches` and `chainBreaks`: where first come was not, or not provably, first served. */
  readonly fifoViolations: number;
  /** Decisions whose offset or time is before their predecessor's, and entries that do not hold the range they claim. */
  readonly orderBreaks: number;
  readonly sequenceGaps: number;
  /** I8: refused as sold out, or as over the limit, while the replay had room. */
  readonly undersold: number;
  /** Units given to a buyer beyond the limit of that moment. */
  readonly limitBreaches: number;
  /** Entries whose hash is not that of their bytes or that do not continue the chain; a stock row that does not name its end. */
  readonly chainBreaks: number;
  /**
   * Answers that what came before does not allow: to a command about a reservation by its life so far (sold after it was cancelled, or
   * after its end; ended before it), to an operator's by the stock; and ends of a hold that the settings do not give.
   */
  readonly lifeBreaks: number;
  /** I2: counters, rows and ledger that do not say the same. */
  readonly conservationBreaks: number;
  /** Ledger lines and entries that this recount does not understand: it vouches for nothing in them. */
  readonly unreadable: number;
}

export type FaultName = Exclude<keyof Figures, 'total' | 'reserved' | 'confirmed' | 'decisions' | 'repeats' | 'refused'>;

/** In the order in which they are told. */
export const FAULTS = [
  'oversold',
  'lost',
  'duplicates',
  'fifoViolations',
  'orderBreaks',
  'sequenceGaps',
  'undersold',
  'limitBreaches',
  'chainBreaks',
  'lifeBreaks',
  'conservationBreaks',
  'unreadable',
] as const satisfies readonly FaultName[];

export interface SkuFigures extends Figures {
  readonly skuId: string;
  /** The writer's own counters, for comparison; null where the SKU has no stock row. */
  readonly counters: { readonly total: number; readonly reserved: number; readonly confirmed: number } | null;
}

/** I12: how the records of one partition up to the persisted position are accounted for. */
export interface PartitionFigures {
  readonly partition: number;
  readonly position: number;
  readonly decided: number;
  /** Those that wait. */
  readonly deadLetters: number;
  /** Those whose record is in the log again, at another offset. */
  readonly redriven: number;
  /** Offsets below the position that are neither decided nor a dead letter (or, below the log's start, either). */
  readonly unaccounted: number;
  /** Offsets accounted for more than once. */
  readonly doubled: number;
}

export interface LostRequest {
  readonly reservationId: string;
  /** Null where only the asker knows of it. */
  readonly skuId: string | null;
  readonly why: string;
}

export interface Recount {
  readonly skus: readonly SkuFigures[];
  readonly totals: Figures;
  readonly partitions: readonly PartitionFigures[];
  readonly lostRequests: readonly LostRequest[];
  /** Sum of what the partitions leave unaccounted or account for twice. */
  readonly accountingBreaks: number;
}

/** Whether nothing at all is wrong. */
export const isClean = ({ totals, accountingBreaks }: Recount): boolean =>
  accountingBreaks === 0 && FAULTS.every((fault) => totals[fault] === 0);
