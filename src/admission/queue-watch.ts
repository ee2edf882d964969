import type { Offset } from '../domain/ids.js';
import type { Appended } from '../ports/log.js';
import type { Clock } from '../ports/runtime.js';
import { observed, predictedWaitMs, type QueueHistory } from './predicted-wait.js';

/** As often as a writer notes its position. */
const LOOK_MS = 250;

export interface QueueWatchDependencies {
  /** The first undecided offset of each partition, by PostgreSQL: a hint in Redis may be lost, and would look like a writer that stands still. */
  readonly nextOffsets: () => Promise<ReadonlyMap<number, Offset>>;
  readonly clock: Clock;
}

export interface QueueWatch {
  /** A record is in the log: the queue of its partition reaches so far at least. */
  appended(place: Appended): void;
  /** How long a request to this partition waits for its decision, milliseconds; null where that is not known. */
  waitMs(partition: number): number | null;
  stop(): Promise<void>;
}

/** Follows the queues of the partitions that this process publishes to. It asks nothing while all that it knows of is decided. */
export function startQueueWatch({ nextOffsets, clock }: QueueWatchDependencies): QueueWatch {
  const ends = new Map<number, number>();
  const histories = new Map<number, QueueHistory>();
  const stopping = new AbortController();

  async function follow(): Promise<void> {
    while (!stopping.signal.aborted) {
      await clock.sleep(LOOK_MS, stopping.signal);
      if (!stopping.signal.aborted && isAnythingWaiting()) await look();
    }
  }

  const isAnythingWaiting = (): boolean => [...ends].some(([partition, end]) => (histories.get(partition)?.latest.next ?? 0) < end);

  async function look(): Promise<void> {
    // Without an answer nothing is known after a moment, and nobody is turned away.
    const positions = await nextOffsets().catch(() => new Map<number, Offset>());
    const at = clock.monotonic();
    for (const [partition, end] of ends) {
      const next = positions.get(partition);
      if (next !== undefined) histories.set(partition, observed(histories.get(partition) ?? null, { at, next, end }));
    }
  }

  const following = follow();
  return {
    appended({ partition, offset }) {
      if (offset >= (ends.get(partition) ?? 0)) ends.set(partition, offset + 1);
    },
    waitMs: (partition) => predictedWaitMs(histories.get(partition) ?? null, clock.monotonic()),
    async stop() {
      stopping.abort();
      await following;
    },
  };
}
