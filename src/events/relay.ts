import type { Offset } from '../domain/ids.js';
import { partitionOf } from '../domain/partition-hash.js';
import type { EventsStore, PageLimits, RelayEntry } from '../ports/events.js';
import type { LogProducer } from '../ports/log.js';
import type { Clock } from '../ports/runtime.js';
import type { Trouble } from '../telemetry/trouble.js';
import { type CloudEvent, eventsOf } from './event.js';
import type { EventType } from './schemas.js';

const LOOK_EVERY_MS = 100;
/** What has failed where no partition has. */
const LOOKING = 'looking';
const FIRST_RETRY_MS = 100;
const MAX_RETRY_MS = 2_000;
/**
 * One page is one request. A line becomes up to seven times as long as an event, and the entry that reaches the limit may have 250 lines of
 * the longest kind: 800 kB at most, and brokers take 1 MiB unless told otherwise.
 */
const PAGE: PageLimits = { entries: 250, bytes: 16 * 1024 };
/**
 * Between two pages of whatever partitions: while a page is made nothing is decided, and many of them in a row are seen in the
 * latency of decisions.
 */
const PACE_MS = 10;
/** Between two pages of a partition while commands wait to be decided: an event costs as much as a decision, and the decisions come first. */
const GIVE_WAY_MS = 250;

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
  readonly onPublished: (type: EventType) => void;
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
 */
export function startRelay(deps: RelayDependencies): Relay {
  const { store, clock } = deps;
  const ending = new AbortController();
  const underWay = new Map<number, Promise<void>>();
  let nextTurn = Number.NEGATIVE_INFINITY;
  const isMine = (partition: number): boolean => !ending.signal.aborted && deps.partitions().includes(partition);

  async function look(): Promise<void> {
    const partitions = deps.partitions();
    const waiting = partitions.length === 0 ? [] : await store.waiting(partitions);
    deps.onLag(Math.max(0, ...waiting.map(({ ageSeconds }) => ageSeconds)));
    for (const { partition } of waiting) {
      if (underWay.has(partition)) continue;
      const draining = drain(partition).finally(() => {
        underWay.delete(partition);
        deps.trouble.over(partition);
      });
      underWay.set(partition, draining);
    }
  }

  /** Page after page while there is a full one. What is read is never older than the cursor, so a repeat of a failed page is a fresh read. */
  async function drain(partition: number): Promise<void> {
    let failures = 0;
    while (isMine(partition)) {
      try {
        await turn();
        const { entries, isFull } = await store.page(partition, PAGE);
        const last = entries.at(-1);
        if (last === undefined) return;
        await publish(entries);
        await store.advance(partition, (last.lastOffset + 1) as Offset);
        deps.trouble.over(partition);
        failures = 0;
        if (!isFull) return;
        if (deps.isBusy()) await clock.sleep(GIVE_WAY_MS, ending.signal);
      } catch (error) {
        deps.trouble.failed(partition, error);
        await clock.sleep(Math.min(MAX_RETRY_MS, FIRST_RETRY_MS * 2 ** failures), ending.signal);
        failures += 1;
      }
    }
  }

  async function turn(): Promise<void> {
    const now = clock.monotonic();
    const mine = Math.max(now, nextTurn);
    nextTurn = mine + PACE_MS;
    if (mine > now) await clock.sleep(mine - now, ending.signal);
  }

  async function publish(entries: readonly RelayEntry[]): Promise<void> {
    const events = entries.flatMap((entry) => eventsOf(entry, deps.source));
    const records = events.map((event) => ({ partition: partitionFor(event), key: event.partitionkey, value: JSON.stringify(event) }));
    const written = await deps.producer.send(records);
    // kafkajs resolves a send also where it has skipped a partition.
    if (!records.every(({ partition }) => written.has(partition))) throw new Error('not all events are certain to be written');
    for (const { type } of events) deps.onPublished(type);
  }

  const partitionFor = ({ partitionkey }: CloudEvent): number => partitionOf(partitionkey, deps.partitionCount);

  async function run(): Promise<void> {
    while (!ending.signal.aborted) {
      await look().then(
        () => deps.trouble.over(LOOKING),
        (error: unknown) => deps.trouble.failed(LOOKING, error),
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
