import type { Millis, Offset, SkuId } from '../domain/ids.js';

/** A ledger entry as far as its events need it. */
export interface RelayEntry {
  readonly skuId: SkuId;
  readonly firstSequence: number;
  readonly lastOffset: Offset;
  readonly decidedAt: Millis;
  /** One line a decision: `encodeDecision`. */
  readonly decisions: string;
}

export interface PageLimits {
  readonly entries: number;
  /** Of decisions; the entry that reaches it is the last. */
  readonly bytes: number;
}

export interface RelayPage {
  readonly partition: number;
  /** At least one, by their last offset, which is the order of the sequence for every SKU. */
  readonly entries: readonly [RelayEntry, ...RelayEntry[]];
  /** Whether a limit ended it, so that there may be more. */
  readonly isFull: boolean;
}

/** A partition with entries that are not published, and how long its oldest has waited, by the database's clock. */
export interface Waiting {
  readonly partition: number;
  readonly ageSeconds: number;
}

/** Everything of a partition below this offset is published. */
export interface RelayCursor {
  readonly partition: number;
  readonly through: Offset;
}

/** The relay's side of the database. */
export interface EventsStore {
  /** Those of the partitions that have entries to publish. */
  waiting(partitions: readonly number[]): Promise<readonly Waiting[]>;
  /**
   * Entries behind each partition's cursor and below its position: all of them are there, and none will come between them. A partition
   * without such entries has no page.
   * @param limits of each page
   */
  pages(partitions: readonly number[], limits: PageLimits): Promise<readonly RelayPage[]>;
  /** Only moves forward. */
  advance(cursors: readonly RelayCursor[]): Promise<void>;
}
