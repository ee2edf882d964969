import type { SkuId } from '../domain/ids.js';
import { StallWatch } from '../log/stall-watch.js';
import type { LogConsumerEvents, RawRecord } from '../ports/log.js';
import { type OwnerDependencies, type PartitionOwner, startPartitionOwner } from './partition-owner.js';

const POSITION_FLUSH_MS = 250;
const READ_RETRY_MS = 500;
/** How long a consumer may deliver nothing of what is in the log, before this process ends and leaves its partitions to another. */
const STALL_LIMIT_MS = 10_000;

export interface Ownership {
  readonly events: LogConsumerEvents;
  /** Partitions owned now, and why one of them is stopped (null: it is not). */
  owned(): ReadonlyMap<number, string | null>;
  waitingBySku(): Iterable<readonly [SkuId, number]>;
  /** Gives everything up: finishes what is being written, stores the positions. */
  close(): Promise<void>;
}

/** Which partitions this process owns, as the group says: takes over what is new, gives up what went to others, keeps the rest going. */
export function createOwnership(deps: OwnerDependencies): Ownership {
  const owners = new Map<number, PartitionOwner>();
  /** Assignments one after the other: a partition is taken over only when the last change is done. */
  let changing: Promise<void> = Promise.resolve();
  let wanted: readonly number[] = [];
  let closed = false;
  const flushing = startFlushing();

  function assigned(partitions: readonly number[]): void {
    wanted = partitions;
    // At once: what is changed first may take its time.
    goAstray();
    changing = changing
      .then(() => settle(partitions))
      .catch((error: unknown) => deps.onFailed(error instanceof Error ? error : new Error(String(error))));
  }

  function goAstray(): void {
    for (const owner of owners.values()) owner.goAstray();
  }

  async function settle(partitions: readonly number[]): Promise<void> {
    await giveUp([...owners.keys()].filter((partition) => !partitions.includes(partition)));
    for (const owner of owners.values()) owner.realign();
    const fresh = partitions.filter((partition) => !owners.has(partition));
    if (fresh.length > 0) await takeOver(fresh);
  }

  async function takeOver(partitions: readonly number[]): Promise<void> {
    while (!closed && wanted.length > 0 && partitions.some((partition) => wanted.includes(partition))) {
      try {
        const positions = new Map((await deps.store.positions(partitions)).map((position) => [position.partition, position]));
        const ranges = await deps.consumer.ends();
        // Not twice, when an earlier try came half-way.
        for (const partition of partitions.filter((candidate) => wanted.includes(candidate) && !owners.has(candidate))) {
          const range = ranges.get(partition);
          if (range === undefined) throw new Error(`the log does not tell the offsets of partition ${partition}`);
          const stored = positions.get(partition);
          const deadOffsets = await deps.store.deadOffsets(partition, stored?.nextOffset ?? range.start);
          if (!wanted.includes(partition)) continue;
          owners.set(partition, startPartitionOwner(partition, { stored, range, deadOffsets }, deps));
        }
        deps.log.info('took over partitions', { partitions });
        return;
      } catch (error) {
        deps.log.warn('cannot take over partitions yet', { error, partitions });
        await deps.clock.sleep(READ_RETRY_MS);
      }
    }
  }

  async function giveUp(partitions: readonly number[]): Promise<void> {
    if (partitions.length === 0) return;
    await Promise.all(partitions.map((partition) => owners.get(partition)?.release()));
    await deps.positions.flushOnly(partitions).catch((error: unknown) => deps.log.warn('positions not stored', { error, partitions }));
    for (const partition of partitions) {
      owners.delete(partition);
      deps.positions.untrack(partition);
      // Last, when nothing can stop it any more: another process tells of it now.
      deps.observer.stopped(partition, false);
    }
    deps.log.info('gave up partitions', { partitions });
  }

  const stalls = new StallWatch(STALL_LIMIT_MS);
  function watchConsumer(): void {
    const readings = [...owners].flatMap(([partition, owner]) => {
      const reading = owner.reading();
      return reading === null ? [] : [[partition, reading] as const];
    });
    const found = stalls.look(new Map(readings), deps.clock.monotonic());
    // The client may have gone to another place without a word; the last record that was taken comes again if it is still there at all.
    for (const { partition, isCertain } of found) if (!isCertain) owners.get(partition)?.realign();
    const stall = found.find(({ isCertain }) => isCertain);
    if (stall === undefined) return;
    const { partition, nextOffset, undelivered } = stall;
    const what = `${undelivered} records of partition ${partition} from offset ${nextOffset} on are in the log and were not delivered`;
    deps.onFailed(new Error(`the consumer stands still: ${what} for ${STALL_LIMIT_MS / 1000} s`));
  }

  function startFlushing(): { stop: () => Promise<void> } {
    const end = new AbortController();
    let isSeen = true;
    const running = (async () => {
      while (!end.signal.aborted) {
        await deps.clock.sleep(POSITION_FLUSH_MS, end.signal);
        // Late is harmless: the watermarks skip what a successor reads again. What matters is told by the failing statements themselves.
        try {
          await deps.positions.flush();
          // A topic that is gone and another of its name that is there are told by what could not be seen between.
          if (!isSeen) for (const owner of owners.values()) owner.makeSure();
          isSeen = true;
          // Only after a flush that succeeded: a stall is judged by a fresh look at the log's end.
          watchConsumer();
        } catch (error) {
          isSeen &&= !deps.positions.isBlind;
          deps.log.debug('positions not stored', { error });
        }
        for (const partition of deps.positions.truncated()) owners.get(partition)?.truncated();
      }
    })();
    return {
      stop: () => {
        end.abort();
        return running;
      },
    };
  }

  return {
    events: {
      assigned,
      lost: goAstray,
      records: (partition: number, records: readonly RawRecord[]) => owners.get(partition)?.push(records),
    },
    owned: () => new Map([...owners].map(([partition, owner]) => [partition, owner.stoppedBy])),
    *waitingBySku() {
      for (const owner of owners.values()) yield* owner.waiting();
    },
    async close() {
      closed = true;
      assigned([]);
      await changing;
      await flushing.stop();
    },
  };
}
