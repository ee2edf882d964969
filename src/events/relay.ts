import type { Offset } from '../domain/ids.js';
import { partitionOf } from '../domain/partition-hash.js';
import type { EventsStore, PageLimits, RelayEntry, RelayPage } from '../ports/events.js';
import type { LogProducer, OutgoingRecord } from '../ports/log.js';
import type { Clock } from '../ports/runtime.js';
import type { Trouble } from '../telemetry/trouble.js';
import { eventsOf } from './event.js';
import type { EventType } from './schemas.js';

const LOOK_EVERY_MS = 200;
/** What has failed where no partition has. */
const LOOKING = 'looking';
const FIRST_RETRY_MS = 100;
const MAX_RETRY_MS = 2_000;
/**
 * Of each partition. One page is one record batch: a line becomes up to seven times as long as an event, and the entry that reaches the
 * limit may have 250 lines of the longest kind: 900 kB at most, and brokers take 1 MiB unless told otherwise.
 */
const PAGE: PageLimits = { entries: 250, bytes: 32 * 1024 };
/**
 * Between two pages while commands wait to be decided: an event costs about as much as a decision, in the database and the brokers too, and
 * the decisions come first.
 */
const GIVE_WAY_MS = 1_000;

export interface RelayDependencies {
  readonly store: EventsStore;
  /** Of the events' topic. */
  readonly producer: LogProducer;
  /** Of the events' topic: the same number as the commands' has, so that a partition's events lie in one partition. */
  readonly partitionCount: number;
  readonly source: string;
  /** Those that this process owns and decides now. */
  readonly partitions: () => readonly number[];
  /** So many commands wait to be decided that events should wait too. */
  readonly isBusy: () => boolean;
  readonly clock: Clock;
  readonly onPublished: (type: EventType, count: number) => void;
  /** Seconds for which the oldest decision of these partitions has waited for its event; 0 where none waits. */
  readonly onLag: (seconds: number) => void;
  readonly trouble: Trouble;
}

export interface Relay {
  /** Resolves when the sends under way are over. */
  stop(): Promise<void>;
}

/**
 * Publishes the ledger as events: one process for each partition, its owner. Each entry at least once, since the cursor moves behind it only
 * after the brokers have it; and in order, since there is one send under way and the next begins where the cursor is. Two relays of one
 * partition, while it changes hands, repeat each other's events and pass none over.
 *
 * Partitions share a read, a request and a write of cursors. One that has failed goes alone until it
 * succeeds, so that a broker that is away keeps only its own partitions waiting.
 */
export function startRelay(deps: RelayDependencies): Relay {
  const { store, clock, trouble } = deps;
  const ending = new AbortController();
  const underWay = new Map<number, Promise<void>>();
  /** In a row, of partitions whose last send failed. */
  const failures = new Map<number, number>();

  async function look(): Promise<void> {
    const mine = deps.partitions();
    for (const partition of failures.keys()) if (!mine.includes(partition)) recovered(partition);
    const waiting = mine.length === 0 ? [] : await store.waiting(mine);
    deps.onLag(Math.max(0, ...waiting.map(({ ageSeconds }) => ageSeconds)));
    const free = waiting.map(({ partition }) => partition).filter((partition) => !underWay.has(partition));
    start(free.filter((partition) => !failures.has(partition)));
    for (const partition of free) if (failures.has(partition)) start([partition]);
  }

  function start(partitions: readonly number[]): void {
    const draining = drain(partitions).finally(() => {
      for (const partition of partitions) underWay.delete(partition);
    });
    for (const partition of partitions) underWay.set(partition, draining);
  }

  /** Page after page while there is a full one. What is read is never older than the cursor, so a repeat of a failed page is a fresh read. */
  async function drain(partitions: readonly number[]): Promise<void> {
    let next = partitions.filter(isMine);
    while (next.length > 0) {
      try {
        const pages = await store.pages(next, PAGE);
        if (pages.length > 0) await publish(pages);
        for (const partition of next) recovered(partition);
        const full = pages.flatMap(({ partition, isFull }) => (isFull ? partition : []));
        if (full.length > 0 && deps.isBusy()) await clock.sleep(GIVE_WAY_MS, ending.signal);
        next = full.filter(isMine);
      } catch (error) {
        for (const partition of next) {
          failures.set(partition, 1 + (failures.get(partition) ?? 0));
          trouble.failed(partition, error);
        }
        const most = Math.max(...next.map((partition) => failures.get(partition) ?? 1));
        await clock.sleep(Math.min(MAX_RETRY_MS, FIRST_RETRY_MS * 2 ** (most - 1)), ending.signal);
        return;
      }
    }
  }

  async function publish(pages: readonly RelayPage[]): Promise<void> {
    const counts = new Map<EventType, number>();
    const records: OutgoingRecord[] = [];
    for (const entry of pages.flatMap(({ entries }) => entries)) {
      const partition = partitionOf(entry.skuId, deps.partitionCount);
      for (const event of eventsOf(entry, deps.source)) {
        records.push({ partition, key: entry.skuId, value: JSON.stringify(event) });
        counts.set(event.type, 1 + (counts.get(event.type) ?? 0));
      }
    }
    const written = await deps.producer.send(records);
    // kafkajs resolves a send also where it has skipped a partition.
    if (!records.every(({ partition }) => written.has(partition))) throw new Error('not all events are certain to be written');
    await store.advance(pages.map(({ partition, entries }) => ({ partition, through: behind(entries) })));
    for (const [type, count] of counts) deps.onPublished(type, count);
  }

  const isMine = (partition: number): boolean => !ending.signal.aborted && deps.partitions().includes(partition);

  function recovered(partition: number): void {
    if (failures.delete(partition)) trouble.over(partition);
  }

  async function run(): Promise<void> {
    while (!ending.signal.aborted) {
      await look().then(
        () => trouble.over(LOOKING),
        (error: unknown) => trouble.failed(LOOKING, error),
      );
      await clock.sleep(LOOK_EVERY_MS, ending.signal);
    }
    await Promise.all(underWay.values());
  }
  const running = run();

  return {
    stop() {
      ending.abort();
      return running;
    },
  };
}

const behind = (entries: RelayPage['entries']): Offset => ((entries.at(-1) as RelayEntry).lastOffset + 1) as Offset;
