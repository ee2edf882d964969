import type { SkuId } from '../../../src/domain/ids.js';
import { partitionOf } from '../../../src/domain/partition-hash.js';
import { PARTITIONS } from '../../stand/service.js';
import type { Target } from '../feed.js';

/** What the feeding process publishes. */
export interface BurstPlan {
  readonly target: Target;
  readonly others: readonly SkuId[];
  /** For all others together, for so long. */
  readonly perSecond: number;
  readonly seconds: number;
  /** One burst for each, one after another. */
  readonly hot: readonly SkuId[];
  /** Commands of a burst. */
  readonly burst: number;
  /** Seconds. */
  readonly firstBurstAfter: number;
  readonly between: number;
}

/** @returns names of so many SKUs, as many in each partition (to one): the first lies in partition 0, the next in 1, and so on */
export function skusInEveryPartition(name: string, count: number): SkuId[] {
  const found: SkuId[] = [];
  for (let number = 0; found.length < count; number += 1) {
    const skuId = `${name}-${number}` as SkuId;
    if (partitionOf(skuId, PARTITIONS) === found.length % PARTITIONS) found.push(skuId);
  }
  return found;
}
