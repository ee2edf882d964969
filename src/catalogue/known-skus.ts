import type { SkuId } from '../domain/ids.js';
import type { Clock } from '../ports/runtime.js';
import type { ReaderStore } from '../ports/store.js';

const MAX_REMEMBERED = 100_000;
/** How long "no such SKU" is believed: a new SKU is on sale everywhere within this. */
const UNKNOWN_TTL_MS = 250;

/**
 * Whether a SKU exists. One that does never vanishes, so it is asked for once a process; one that does not is asked for again after a
 * moment. Refusing here keeps stubs of made-up SKUs out of log and stock.
 */
export function createKnownSkus(store: Pick<ReaderStore, 'sku'>, clock: Clock): (skuId: SkuId) => Promise<boolean> {
  const known = new Set<SkuId>();
  const unknownUntil = new Map<SkuId, number>();
  const asking = new Map<SkuId, Promise<boolean>>();

  async function ask(skuId: SkuId): Promise<boolean> {
    const stock = await store.sku(skuId);
    if (stock !== null && stock.settings.state !== 'UNKNOWN') {
      if (known.size >= MAX_REMEMBERED) known.clear();
      known.add(skuId);
      return true;
    }
    if (unknownUntil.size >= MAX_REMEMBERED) unknownUntil.clear();
    unknownUntil.set(skuId, clock.monotonic() + UNKNOWN_TTL_MS);
    return false;
  }

  return async (skuId) => {
    if (known.has(skuId)) return true;
    const until = unknownUntil.get(skuId);
    if (until !== undefined && clock.monotonic() < until) return false;
    const under = asking.get(skuId) ?? ask(skuId).finally(() => asking.delete(skuId));
    asking.set(skuId, under);
    return under;
  };
}
