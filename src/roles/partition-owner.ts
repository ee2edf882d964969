import type { ConsumerConfig, TopicConfig } from '../config.js';
import type { SkuBatch } from '../domain/decision.js';
import type { Offset, SkuId } from '../domain/ids.js';
import { createChunkDecoder } from '../log/chunk-decoder.js';
import { fingerprint } from '../log/fingerprint.js';
import { PartitionFeed } from '../log/partition-feed.js';
import type { Positions } from '../log/positions.js';
import { resumeFrom, type Unresumable } from '../log/resume.js';
import type { Reading } from '../log/stall-watch.js';
import type { HintCache } from '../ports/hints.js';
import type { LogConsumer, LogRange, RawRecord } from '../ports/log.js';
import type { Clock, Random } from '../ports/runtime.js';
import type { DeadLetter, Position, WriterStore } from '../ports/store.js';
import { createAnnouncer } from '../status/announcer.js';
import type { Log } from '../telemetry/log.js';
import { StaleMemory, Withdrawn } from '../writer/errors.js';
import type { SubmitBatch } from '../writer/group-commit.js';
import { type HolderBudget, type MemoryDependencies, PartitionMemory } from '../writer/memory.js';
import { type AppliedChunk, type Chunk, createPartitionWriter, PartitionStopped } from '../writer/partition-writer.js';

/** What the outside is told of a writer's work; metrics in the service. */
export interface WriterObserver {
  applied(applied: AppliedChunk, batches: readonly SkuBatch[]): void;
  failed(error: unknown): void;
  deadLetters(letters: readonly DeadLetter[]): void;
  announcementDropped(error: unknown): void;
  stopped(partition: number, stopped: boolean): void;
}

/** Everything that the partitions of one process share. */
export interface OwnerDependencies {
  readonly consumer: LogConsumer;
  readonly store: WriterStore;
  readonly load: WriterStore['load'];
  readonly submit: SubmitBatch;
  readonly holderBudget: HolderBudget;
  readonly databaseNow: MemoryDependencies['databaseNow'];
  readonly readHoldings: MemoryDependencies['readHoldings'];
  readonly cache: Pick<HintCache, 'announce'>;
  readonly positions: Positions;
  readonly clock: Clock;
  readonly random: Random;
  readonly topic: Pick<TopicConfig, 'name' | 'partitions'>;
  readonly chunkLingerMs: ConsumerConfig['chunkLingerMs'];
  readonly chunksInFlight: ConsumerConfig['chunksInFlight'];
  readonly observer: WriterObserver;
  /** Something failed that nobody foresaw: this process had better leave its partitions to another one. */
  readonly onFailed: (error: Error) => void;
  readonly log: Log;
}

/** One partition that this process owns: from the position in the database, through the writer, to announcement and new position. */
export interface PartitionOwner {
  push(records: readonly RawRecord[]): void;
  /** A rebalance: until `realign` the client is anywhere. */
  goAstray(): void;
  /** After a rebalance that left the partition here. */
  realign(): void;
  /** The log was out of sight for a while: whether it is still the same one. */
  makeSure(): void;
  /** The log ends before the position, and that for some time: what was decided from is no longer there. */
  truncated(): void;
  /** The partition goes to another owner: what is being written is finished, nothing else is begun. Never rejects. */
  release(): Promise<void>;
  /** Undecided commands by SKU, as far as they are read. */
  waiting(): Iterable<readonly [SkuId, number]>;
  readonly stoppedBy: string | null;
  /** How far it is read; null where it is not read at all. */
  reading(): Reading | null;
}

/** Where a partition stands when it is taken over. */
export interface TakenOver {
  readonly stored: Position | undefined;
  readonly range: LogRange;
  readonly deadOffsets: readonly Offset[];
}

export function startPartitionOwner(partition: number, { stored, range, deadOffsets }: TakenOver, deps: OwnerDependencies): PartitionOwner {
  const log = deps.log.with({ partition });
  const resume = resumeFrom(stored, range);
  let stoppedBy: string | null = null;

  function stop(reason: string, advice: string): void {
    stoppedBy = reason;
    deps.observer.stopped(partition, true);
    log.error(`partition ${partition} is stopped (${reason}): ${advice}; see docs/runbooks/partition-stopped.md`, { reason });
  }

  deps.observer.stopped(partition, false);
  if (partition >= deps.topic.partitions) {
    stop(
      UNUSED,
      `topic ${deps.topic.name} has more partitions than FLASHSALE_PARTITIONS=${deps.topic.partitions}; nothing is published to this one`,
    );
    return stoppedOwner(() => stoppedBy);
  }
  if (!resume.ok) {
    stop(resume.reason, ADVICE[resume.reason]);
    return stoppedOwner(() => stoppedBy);
  }

  const feed = new PartitionFeed(resume.position, {
    clock: deps.clock,
    lingerMs: deps.chunkLingerMs,
    seek: (offset) => deps.consumer.seek(partition, offset),
    pause: () => deps.consumer.pause(partition),
    resume: () => deps.consumer.resume(partition),
    isLastApplied: resume.fingerprint === null ? null : (record) => fingerprint(record) === resume.fingerprint,
    logStart: async () => (await deps.consumer.ends()).get(partition)?.start ?? null,
    onUnusable: (reason) => stop(reason, ADVICE[reason]),
  });
  const announcer = createAnnouncer({ cache: deps.cache, clock: deps.clock, onDropped: deps.observer.announcementDropped }, partition);
  const decoder = createChunkDecoder({ partition, partitionCount: deps.topic.partitions }, () => feed.peek());

  function onApplied(applied: AppliedChunk): void {
    const { chunk, deadLetters, replayed, passed } = applied;
    const batches = [...applied.batches.values()];
    deps.positions.applied(partition, chunk.nextOffset, chunk.records.at(-1) as RawRecord);
    deps.observer.applied(applied, batches);
    if (deadLetters.length > 0) deps.observer.deadLetters(deadLetters);
    announcer.announce({
      nextOffset: chunk.nextOffset,
      decisions: batches.reduce((sum, batch) => sum + batch.decisions.length, 0),
      reservations: [...batches.flatMap((batch) => batch.decisions.flatMap(({ reservation }) => reservation ?? [])), ...replayed],
      stocks: [...batches.map((batch) => batch.after), ...passed],
    });
  }

  const memory = new PartitionMemory({
    budget: deps.holderBudget,
    clock: deps.clock,
    databaseNow: deps.databaseNow,
    readHoldings: deps.readHoldings,
  });
  const writer = createPartitionWriter({
    partition,
    maxInFlight: deps.chunksInFlight,
    nextChunk: (): Promise<Chunk | null> => feed.next(),
    decode: decoder.decode,
    onSubmitted: () => setImmediate(decoder.ahead),
    load: deps.load,
    memory,
    submit: deps.submit,
    keepDeadLetters: (letters) => deps.store.keepDeadLetters(letters),
    deadOffsets,
    onApplied,
    onFailure: (error, attempt) => {
      if (error instanceof Withdrawn) return;
      deps.observer.failed(error);
      if (error instanceof StaleMemory) log.info(error.message);
      else log.warn('a chunk could not be applied and is tried again', { error, attempt });
    },
    clock: deps.clock,
    random: deps.random,
  });

  // The stored one, also where retention has removed its record: it still tells a recreated topic.
  deps.positions.track(partition, resume.position, stored?.fingerprint ?? null);
  feed.realign();
  const ended = writer
    .run()
    .catch((error: unknown) => {
      feed.end();
      if (error instanceof Withdrawn) return;
      // Its own message begins with what the line says already.
      if (error instanceof PartitionStopped) return stop('POISON', error.cause instanceof Error ? error.cause.message : error.message);
      stop('FAILED', String(error));
      deps.onFailed(error instanceof Error ? error : new Error(String(error)));
    })
    // What it took of the budget is for the other partitions.
    .finally(() => memory.forget());

  return {
    push: (records) => feed.push(records),
    goAstray: () => feed.goAstray(),
    realign: () => feed.realign(),
    makeSure: () => feed.makeSure(),
    truncated: () => {
      feed.end();
      if (stoppedBy === null) stop('LOG_TRUNCATED', ADVICE.LOG_TRUNCATED);
    },
    async release() {
      writer.disown();
      feed.end();
      await ended;
      await announcer.close();
    },
    waiting: () => feed.waitingBySku(),
    reading: () =>
      stoppedBy === null
        ? { nextOffset: feed.nextOffset, waiting: feed.waitingCount, end: deps.positions.logEnd(partition), isRecord: feed.isJudging }
        : null,
    get stoppedBy() {
      return stoppedBy;
    },
  };
}

/** A partition that was added to the topic: no SKU lies in it. */
export const UNUSED = 'UNUSED';

const ADVICE: Readonly<Record<Unresumable, string>> = {
  LOG_TRUNCATED: 'the log ends before the position in the database; it was truncated or recreated, or this is another cluster',
  RECORDS_LOST: 'retention has removed records that were never decided',
  FOREIGN_LOG: 'the record before the position is not the one that was applied there; the topic was recreated, or this is another cluster',
};

/** A partition whose log does not fit the database: it is owned, so that nobody else tries, and nothing is decided. */
function stoppedOwner(stoppedBy: () => string | null): PartitionOwner {
  return {
    push: () => undefined,
    goAstray: () => undefined,
    realign: () => undefined,
    makeSure: () => undefined,
    truncated: () => undefined,
    release: () => Promise.resolve(),
    waiting: () => [],
    reading: () => null,
    get stoppedBy() {
      return stoppedBy();
    },
  };
}
