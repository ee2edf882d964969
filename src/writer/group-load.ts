import { coalesce } from '../batching/coalesce.js';
import type { Loaded, LoadRequest, WriterStore } from '../ports/store.js';

/** Chunks whose reads go together in one round at the most; beyond, the plans' nested loops cost more than the round trips saved. */
const MAX_CHUNKS_PER_READ = 16;

/**
 * Reads for all chunks that wait at the same time in one round: with 10 partitions and 200 SKUs a chunk holds 2 or 3 records, and two
 * queries for each would cost more than everything else. What comes back holds more than each asked for, which does no harm.
 */
export function createGroupLoad(store: Pick<WriterStore, 'load'>): (request: LoadRequest) => Promise<Loaded> {
  return coalesce<LoadRequest, Loaded>({
    maxItems: MAX_CHUNKS_PER_READ,
    maxInFlight: 1,
    run: async (requests) => {
      const loaded = await store.load(merge(requests));
      return requests.map(() => loaded);
    },
  });
}

function merge(requests: readonly LoadRequest[]): LoadRequest {
  const [only] = requests;
  if (requests.length === 1 && only !== undefined) return only;
  return {
    skuIds: [...new Set(requests.flatMap((request) => request.skuIds))],
    reservationIds: requests.flatMap((request) => request.reservationIds),
    buyersOf: requests.flatMap((request) => request.buyersOf),
    commandIds: requests.flatMap((request) => request.commandIds),
  };
}
