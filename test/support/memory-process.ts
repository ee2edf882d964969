import type { Offset } from '../../src/domain/ids.js';
import { Positions } from '../../src/log/positions.js';
import type { Announcement } from '../../src/ports/hints.js';
import { createOwnership, type Ownership } from '../../src/roles/ownership.js';
import type { WriterObserver } from '../../src/roles/partition-owner.js';
import { createGroupCommit } from '../../src/writer/group-commit.js';
import { createGroupLoad } from '../../src/writer/group-load.js';
import { HolderBudget } from '../../src/writer/memory.js';
import { recordingLog } from './log.js';
import { hurriedClock } from './memory-clock.js';
import { configureOf, reserveOf, skuNamed } from './memory-log.js';
import type { MemoryStore } from './memory-store.js';
import type { MemoryTopic } from './memory-topic.js';

export interface Process {
  readonly ownership: Ownership;
  readonly announced: Announcement[];
  readonly stopped: [number, boolean][];
  readonly letters: number[];
  readonly failures: unknown[];
  readonly log: ReturnType<typeof recordingLog>;
}

let running: Ownership[] = [];

/** To be called after each test. */
export async function endProcesses(): Promise<void> {
  await Promise.all(running.map((ownership) => ownership.close()));
  running = [];
}

/** A writer process as src/roles/writer.ts wires it, with its log, store and cache in memory. */
export async function aProcess(topic: MemoryTopic, store: MemoryStore, announce?: () => Promise<never>): Promise<Process> {
  const [announced, stopped, letters, failures]: [Announcement[], [number, boolean][], number[], unknown[]] = [[], [], [], []];
  const log = recordingLog();
  const observer: WriterObserver = {
    applied: () => undefined,
    failed: (error) => failures.push(error),
    deadLetters: (kept) => letters.push(...kept.map(({ offset }) => offset)),
    announcementDropped: (error) => failures.push(error),
    stopped: (partition, isStopped) => stopped.push([partition, isStopped]),
  };
  const ownership = createOwnership({
    consumer: topic,
    store,
    load: createGroupLoad(store),
    holderBudget: new HolderBudget(100),
    databaseNow: () => store.time,
    readHoldings: (skuId) => store.holdings(skuId),
    submit: createGroupCommit(store),
    cache: { announce: announce ?? (async (news) => void announced.push(news)) },
    positions: new Positions({ store, ends: () => topic.ends(), commitToGroup: (positions) => topic.commit(positions) }),
    onFailed: (error) => failures.push(error),
    clock: hurriedClock(),
    random: { uuid: () => '', fraction: () => 0 },
    topic: { name: 'requests', partitions: topic.partitions },
    chunkLingerMs: 5,
    chunksInFlight: 2,
    observer,
    log,
  });
  running.push(ownership);
  await topic.start(ownership.events);
  return { ownership, announced, stopped, letters, failures, log };
}

/** A sale in this partition: created, then so many buyers. */
export function append(topic: MemoryTopic, partition: number, buyers: readonly string[], create = true): void {
  const sku = topic.skuIn(partition);
  topic.append(partition, [...(create ? [configureOf(sku, 500)] : []), ...buyers.map((buyer) => reserveOf(sku, buyer))]);
}
export const decided = (store: MemoryStore, topic: MemoryTopic, partition: number): number =>
  store.stocks.get(skuNamed(topic.skuIn(partition)))?.sequence ?? 0;
export const at = (store: MemoryStore, partition: number, next: number, over = {}): void => {
  store.stored.set(partition, { partition, nextOffset: next as Offset, fingerprint: null, appliedThrough: null, ...over });
};
