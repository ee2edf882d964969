import type { ReservationId, SkuId } from '../domain/ids.js';

/** Names of everything this service keeps in Redis. All of it may vanish at any time. */
export interface HintKeys {
  /** What such keys begin with: a script adds the id, the SKU, the partition. */
  readonly prefixes: { readonly status: string; readonly hint: string; readonly progress: string };
  readonly status: (id: ReservationId) => string;
  readonly claim: (keyHash: string) => string;
  readonly hint: (skuId: SkuId) => string;
  readonly progress: (partition: number) => string;
  /** Of a buyer's rate. */
  readonly rate: (buyer: string) => string;
  readonly decidedChannel: string;
}

export function hintKeys(prefix: string): HintKeys {
  const prefixes = { status: `${prefix}r:`, hint: `${prefix}s:`, progress: `${prefix}p:` };
  return {
    prefixes,
    status: (id) => prefixes.status + id,
    claim: (keyHash) => `${prefix}k:${keyHash}`,
    hint: (skuId) => prefixes.hint + skuId,
    progress: (partition) => prefixes.progress + partition,
    rate: (buyer) => `${prefix}b:${buyer}`,
    decidedChannel: `${prefix}decided`,
  };
}
