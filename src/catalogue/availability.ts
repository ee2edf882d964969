import type { SkuId } from '../domain/ids.js';
import { available } from '../domain/stock.js';
import type { HintCache, StockHint } from '../ports/hints.js';
import type { Clock } from '../ports/runtime.js';
import type { ReaderStore } from '../ports/store.js';

/** A hint older than this is compared with PostgreSQL: the word of what came after it may have been lost, and no decision may follow. */
const HINT_FRESH_MS = 5_000;
/** So long a look into PostgreSQL holds for everybody who asks about the SKU. */
const ROW_FRESH_MS = 1_000;
const MAX_ROWS = 10_000;

export interface AvailabilityDependencies {
  readonly cache: Pick<HintCache, 'stock'>;
  readonly store: Pick<ReaderStore, 'sku'>;
  readonly guarded: <T>(call: () => Promise<T>) => Promise<T>;
  readonly clock: Clock;
}

/** What is left of a SKU, by Redis while its word is of just now, else by PostgreSQL. Null: there is no such SKU. */
export function createAvailability({
  cache,
  store,
  guarded,
  clock,
}: AvailabilityDependencies): (skuId: SkuId) => Promise<StockHint | null> {
  const rows = new Map<SkuId, { readonly row: Promise<StockHint | null>; readonly until: number }>();

  function rowOf(skuId: SkuId): Promise<StockHint | null> {
    const known = rows.get(skuId);
    if (known !== undefined && clock.monotonic() < known.until) return known.row;
    if (rows.size >= MAX_ROWS) rows.clear();
    const row = fromStore(skuId, store);
    rows.set(skuId, { row, until: clock.monotonic() + ROW_FRESH_MS });
    // What failed holds for nobody else.
    row.catch(() => rows.delete(skuId));
    return row;
  }

  return async (skuId) => {
    const hint = await guarded(() => cache.stock(skuId)).catch(() => null);
    if (hint !== null && clock.now() - hint.asOf < HINT_FRESH_MS) return known(hint);
    // Without PostgreSQL an old word is better than none.
    const row = await rowOf(skuId).catch((error: unknown) => hint ?? Promise.reject(error));
    return known(row);
  };
}

const known = (hint: StockHint | null): StockHint | null => (hint?.state === 'UNKNOWN' ? null : hint);

async function fromStore(skuId: SkuId, store: Pick<ReaderStore, 'sku'>): Promise<StockHint | null> {
  const stock = await store.sku(skuId);
  if (stock === null) return null;
  const { total, sequence, decidedAt: asOf, settings } = stock;
  const { state, opensAt, closesAt } = settings;
  return { total, available: available(stock), state, opensAt, closesAt, sequence, asOf };
}
