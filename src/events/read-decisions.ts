import type { SkuId } from '../domain/ids.js';
import type { ReaderStore } from '../ports/store.js';
import { eventsOf } from './event.js';
import type { EventType } from './schemas.js';

/** A decision as the ledger has it; `data` is that of the event of the same type (docs/events). */
export interface LedgerDecision {
  readonly sequence: number;
  readonly type: EventType;
  readonly decidedAt: string;
  readonly data: object;
}

export interface LedgerDecisions {
  /** In order, without a gap. */
  readonly decisions: readonly LedgerDecision[];
  readonly hasMore: boolean;
}

/** Reads a SKU's ledger by sequence: told as its events tell it, so that the two are one vocabulary. */
export function createReadDecisions(store: Pick<ReaderStore, 'entries'>) {
  return async (skuId: SkuId, after: number, limit: number): Promise<LedgerDecisions> => {
    const entries = await store.entries(skuId, after + 1, after + limit + 1);
    const all = entries.flatMap((entry) =>
      eventsOf(entry, '').map(({ type, time, data }, at) => ({ sequence: entry.firstSequence + at, type, decidedAt: time, data })),
    );
    const wanted = all.filter(({ sequence }) => sequence > after);
    return { decisions: wanted.slice(0, limit), hasMore: wanted.length > limit };
  };
}
