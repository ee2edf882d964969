import type { ReservationId, SkuId } from '../domain/ids.js';

/** Names of everything this service keeps in Redis. All of it may vanish at any time. */
export interface HintKeys {
  /** What every status key begins with: a script adds the ids. */
  readonly statusPrefix: string;
  readonly status: (id: ReservationId) => string;
  readonly claim: (keyHash: string) => string;
  readonly hint: (skuId: SkuId) => string;
  readonly progress: (partition: number) => string;
  readonly decidedChannel: string;
}

export function hintKeys(prefix: string): HintKeys {
  return {
    statusPrefix: `${prefix}r:`,
    status: (id) => `${prefix}r:${id}`,
    claim: (keyHash) => `${prefix}k:${keyHash}`,
    hint: (skuId) => `${prefix}s:${skuId}`,
    progress: (partition) => `${prefix}p:${partition}`,
    decidedChannel: `${prefix}decided`,
  };
}
