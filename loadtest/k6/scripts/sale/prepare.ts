import { type Load, requestsOf } from './load.ts';
import { createSkus, type Size } from './skus.ts';
import { target } from './target.ts';

/** Above this many requests only the number of accepted ones is kept: their addresses would fill gigabytes. */
const KEPT_IDS_MAX = 1_000_000;

/** What setup hands to every iteration. */
export interface Sale {
  /** Whether to print the address of each accepted reservation, for the runner that reads k6's console. */
  readonly keepIds: boolean;
  readonly hotShare: number;
}

export function prepare(load: Load): Sale {
  const requests = requestsOf(load);
  return prepareFor({ requests, hotShare: load.hotShare, hotUnits: Math.ceil((requests * load.hotShare) / 2) });
}

export function prepareFor(size: Size): Sale {
  if (!target.runId) throw new Error('RUN_ID is missing: a name that no earlier run on this service had, like $(date +%s)');
  createSkus(size);
  return { hotShare: size.hotShare, keepIds: __ENV.KEEP_IDS === '1' && size.requests <= KEPT_IDS_MAX };
}
