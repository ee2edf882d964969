import type { ReservationId, SkuId } from '../domain/ids.js';

/** Names of everything this service keeps in Redis. All of it may vanish at any time. */
export interface HintKeys {
  readonly status: (id: ReservationId) => string;
  readonly claim: (keyHash: string) => string;
  readonly hint: (skuId: SkuId) => string;
  readonly progress: (partition: number) => string;
  readonly decidedChannel: string;
}

export function hintKeys(prefix: string): HintKeys {
  return {
    status: (id) => `${prefix}r:${id}`,
    claim: (keyHash) => `${prefix}k:${keyHash}`,
    hint: (skuId) => `${prefix}s:${skuId}`,
    progress: (partition) => `${prefix}p:${partition}`,
    decidedChannel: `${prefix}decided`,
  };
}
