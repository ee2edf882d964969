import type { Millis, SkuId } from './ids.js';

/** UNKNOWN: a stub, so that refusals for a SKU nobody created are fenced, numbered and chained like all others. */
export const SKU_STATES = ['UNKNOWN', 'OPEN', 'PAUSED'] as const;
export type SkuState = (typeof SKU_STATES)[number];

/** What an operator sets. Seconds and units as named; times are epoch milliseconds, null for "no bound". */
export interface SkuSettings {
  readonly name: string;
  readonly state: SkuState;
  readonly perUserLimit: number;
  readonly maxQuantity: number;
  readonly holdSeconds: number;
  readonly maxExtendSeconds: number;
  readonly opensAt: Millis | null;
  readonly closesAt: Millis | null;
}

/** One SKU as the writer sees it: counts, settings, and where its chain of commits stands. */
export interface Stock {
  readonly skuId: SkuId;
  readonly partition: number;
  readonly total: number;
  /** Units held and not paid. */
  readonly reserved: number;
  /** Units sold. */
  readonly confirmed: number;
  readonly settings: SkuSettings;
  /** Sequence of the last `configure` (If-Match). */
  readonly version: number;
  /** Sequence of the last decision; 0 before the first. */
  readonly sequence: number;
  /** Last log offset applied; -1 before the first. */
  readonly watermark: number;
  /** Hash of the last ledger entry; every commit is a compare-and-set on it. */
  readonly headHash: string;
  /** `now` of the last commit, by the database's clock; time never goes back within a SKU. */
  readonly decidedAt: Millis;
}

/** Hash that the first ledger entry of a SKU names as its previous one. */
export const GENESIS_HASH = '0'.repeat(64);

const UNKNOWN_SETTINGS: SkuSettings = {
  name: '',
  state: 'UNKNOWN',
  perUserLimit: 0,
  maxQuantity: 0,
  holdSeconds: 0,
  maxExtendSeconds: 0,
  opensAt: null,
  closesAt: null,
};

/** A SKU before anything was decided about it: no row exists yet, the first commit inserts it. */
export function unknownStock(skuId: SkuId, partition: number): Stock {
  return {
    skuId,
    partition,
    total: 0,
    reserved: 0,
    confirmed: 0,
    settings: UNKNOWN_SETTINGS,
    version: 0,
    sequence: 0,
    watermark: -1,
    headHash: GENESIS_HASH,
    decidedAt: 0,
  };
}

export const available = (stock: Pick<Stock, 'total' | 'reserved' | 'confirmed'>): number => stock.total - stock.reserved - stock.confirmed;
