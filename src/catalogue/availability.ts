import type { SkuId } from '../domain/ids.js';
import { available } from '../domain/stock.js';
import type { HintCache, StockHint } from '../ports/hints.js';
import type { ReaderStore } from '../ports/store.js';

/** What is left of a SKU, by Redis, else by PostgreSQL. Null: there is no such SKU. */
export function createAvailability(
  cache: Pick<HintCache, 'stock'>,
  store: Pick<ReaderStore, 'sku'>,
  guarded: <T>(call: () => Promise<T>) => Promise<T>,
): (skuId: SkuId) => Promise<StockHint | null> {
  return async (skuId) => {
    const hint = (await guarded(() => cache.stock(skuId)).catch(() => null)) ?? (await fromStore(skuId, store));
    return hint === null || hint.state === 'UNKNOWN' ? null : hint;
  };
}

async function fromStore(skuId: SkuId, store: Pick<ReaderStore, 'sku'>): Promise<StockHint | null> {
  const stock = await store.sku(skuId);
  if (stock === null) return null;
  const { total, sequence, decidedAt: asOf, settings } = stock;
  const { state, opensAt, closesAt } = settings;
  return { total, available: available(stock), state, opensAt, closesAt, sequence, asOf };
}
