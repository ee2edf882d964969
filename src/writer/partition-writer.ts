import type { LogRecord } from '../domain/command.js';
import type { Millis, Offset } from '../domain/ids.js';
import type { RawRecord } from '../ports/log.js';
import type { Clock, Random } from '../ports/runtime.js';
import type { DeadLetter, Loaded, LoadRequest } from '../ports/store.js';
import { backoffMs } from './backoff.js';
import { type CommandsBySku, groupBySku } from './commands-by-sku.js';
import { failureKind, isUniqueViolation, LostCompareAndSet, StaleMemory, Withdrawn } from './errors.js';
import type { SubmitBatch } from './group-commit.js';
import { NOTHING_RECALLED, type PartitionMemory, type Recall } from './memory.js';
import { inItsPlace, POISON_MAX, TooMuchPoison, takeApart } from './poison.js';
import { type Effects, isNothing, type Prepared, prepare, whatToLoad } from './prepare.js';

/** Tries at a chunk that the data itself makes fail, before it is taken apart: a second failure alike is no accident. */
const DATA_FAILURES_MAX = 2;

/** Consecutive records of one partition. */
export interface Chunk {
  readonly records: readonly RawRecord[];
  readonly nextOffset: Offset;
  /** When it was complete, by the monotonic clock. */
  readonly completeAt: number;
}

/** A chunk whose every record has its decision on disk, or its dead letter. */
export interface AppliedChunk extends Prepared {
  readonly chunk: Chunk;
  readonly deadLetters: readonly DeadLetter[];
}

export interface PartitionWriterDependencies {
  readonly partition: number;
  /** Chunks that may be under way at once, at least 1: one being written, the others decided on top of it. */
  readonly maxInFlight: number;
  /** The next chunk; null when there will be no more. */
  readonly nextChunk: () => Promise<Chunk | null>;
  readonly decode: (records: readonly RawRecord[]) => {
    readonly commands: readonly LogRecord[];
    readonly deadLetters: readonly DeadLetter[];
  };
  readonly load: (request: LoadRequest) => Promise<Loaded>;
  readonly memory: PartitionMemory;
  readonly submit: SubmitBatch;
  /** Rejects where somebody else has decided the record of one, or set it aside: all is read again then. */
  readonly keepDeadLetters: (letters: readonly DeadLetter[]) => Promise<void>;
  /** Records that are dead letters already: whoever had the partition before could not apply them. */
  readonly deadOffsets: Iterable<Offset>;
  /** Called when a chunk is with the committer: there is time now. */
  readonly onSubmitted: () => void;
  /** Called once a chunk, in the order of the log. Must not throw and must not block. */
  readonly onApplied: (applied: AppliedChunk) => void;
  /** Called on every failed try; the chunk will be tried again unless the partition stops. */
  readonly onFailure: (error: unknown, attempt: number) => void;
  readonly clock: Clock;
  readonly random: Random;
}

export interface PartitionWriter {
  /** Resolves when the chunks have ended and what was under way is settled; rejects when the partition cannot go on. */
  run(): Promise<void>;
  /** The partition has another owner: no statement is started from now on. */
  disown(): void;
}

interface DecidedChunk {
  readonly prepared: Prepared;
  readonly deadLetters: readonly DeadLetter[];
  /** Of some SKU at least nothing was read. */
  readonly recalled: boolean;
}

interface InFlight {
  readonly chunk: Chunk;
  /** Null: it could not be decided, so nothing may be decided on top of it. */
  readonly effects: Effects | null;
  /** Never rejects. True when the chunk was applied; false when it has to be tried again. */
  readonly settled: Promise<boolean>;
}

export class PartitionStopped extends Error {
  constructor(partition: number, cause: unknown) {
    super(`partition ${partition} stopped: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
    this.name = 'PartitionStopped';
  }
}

/**
 * Applies one partition's chunks in order: recall or load, decide, commit, tell.
 *
 * With more than one in flight, a chunk is decided while the one before it is being written. When anything goes wrong with one, it and all
 * that was decided on top of it are dropped, the memory with them, and tried again alone, from what the database holds: records at or
 * below a SKU's watermark are skipped, so trying again is always safe, also when it is unknown whether a commit took place.
 */
export function createPartitionWriter(deps: PartitionWriterDependencies): PartitionWriter {
  const disowned = new AbortController();
  const isOwner = (): boolean => !disowned.signal.aborted;
  let inFlight: InFlight[] = [];
  const dead: ReadonlySet<Offset> = new Set(deps.deadOffsets);
  /** Records set aside since anything was applied. */
  let poison = 0;

  async function run(): Promise<void> {
    let pending: Promise<Chunk | null> | null = null;
    for (;;) {
      const oldest = inFlight[0];
      if (oldest !== undefined && inFlight.length >= deps.maxInFlight) {
        await finish(oldest);
        continue;
      }
      pending ??= deps.nextChunk();
      const event = await (oldest === undefined ? pending : Promise.race([pending, oldest.settled]));
      if (typeof event === 'boolean') {
        if (oldest !== undefined) await finish(oldest);
        continue;
      }
      pending = null;
      if (event === null) break;
      const begun = await begin(event);
      inFlight.push(begun);
      // What comes next would move the watermarks past it, and it would never be decided.
      if (begun.effects === null) await finishAll();
    }
    await finishAll();
  }

  async function finishAll(): Promise<void> {
    for (let oldest = inFlight[0]; oldest !== undefined; oldest = inFlight[0]) await finish(oldest);
  }

  /** Decides a chunk and hands its batches to the committer. */
  async function begin(chunk: Chunk): Promise<InFlight> {
    const ahead = inFlight.flatMap(({ effects }) => effects ?? []);
    const before = inFlight.at(-1)?.settled ?? Promise.resolve(true);
    try {
      const { prepared, deadLetters, recalled } = await decideChunk(chunk, ahead, (groups) => deps.memory.recall(groups));
      for (const batch of prepared.batches.values()) deps.memory.learn(batch);
      const outcome = commit(prepared, deadLetters).then(
        () => null,
        (reason: unknown) => reason ?? new Error('a commit failed without a reason'),
      );
      deps.onSubmitted();
      // In the order of the log: what comes after is told after, also where its statement was done earlier.
      const settled = before.then(async (fine) => {
        const error = await outcome;
        if (error !== null) failed(error, recalled);
        else if (fine) {
          if (prepared.batches.size > 0) poison = 0;
          deps.onApplied({ chunk, ...prepared, deadLetters });
        }
        return fine && error === null;
      });
      return { chunk, effects: prepared.batches, settled };
    } catch (error) {
      deps.onFailure(error, 1);
      return { chunk, effects: null, settled: Promise.resolve(false) };
    }
  }

  function failed(error: unknown, recalled: boolean): void {
    const stale = recalled && isUniqueViolation(error);
    if (stale) deps.memory.doubt();
    deps.onFailure(stale ? new StaleMemory(error) : error, 1);
  }

  async function decideChunk(chunk: Chunk, ahead: readonly Effects[], recall: (groups: CommandsBySku) => Recall): Promise<DecidedChunk> {
    const { commands: all, deadLetters } = deps.decode(chunk.records);
    const commands = dead.size === 0 ? all : all.filter(({ offset }) => !dead.has(offset));
    const groups = groupBySku(commands);
    const { skus, now } = recall(groups);
    const request = whatToLoad(groups, skus);
    const loaded = isNothing(request) ? nothingLoaded(now) : await deps.load(request);
    return { prepared: prepare(groups, loaded, ahead, deps.partition, skus), deadLetters, recalled: skus.size > 0 };
  }

  async function commit({ batches }: Prepared, deadLetters: readonly DeadLetter[]): Promise<void> {
    const submitted = [...batches.values()].map(async (batch) => {
      if ((await deps.submit(batch, isOwner)) === 'lost') throw new LostCompareAndSet(batch.entry.skuId);
    });
    if (deadLetters.length > 0) submitted.push(deps.keepDeadLetters(deadLetters));
    // All, not the first failure: nothing of a chunk may be under way any more when it is tried again.
    const failed = (await Promise.allSettled(submitted)).find((result) => result.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
  }

  async function finish(oldest: InFlight): Promise<void> {
    if (await oldest.settled) {
      inFlight.shift();
      return;
    }
    await Promise.all(inFlight.map(({ settled }) => settled));
    const chunks = inFlight.map(({ chunk }) => chunk);
    inFlight = [];
    deps.memory.forget();
    for (const chunk of chunks) await applyAlone(chunk);
  }

  /** Tries one chunk until it is applied; the position waits meanwhile, and with it the partition. */
  async function applyAlone(chunk: Chunk): Promise<void> {
    const fault = await persist(chunk, DATA_FAILURES_MAX);
    if (fault === null) return;
    const pieceOf = (records: readonly RawRecord[]): Chunk => ({ ...chunk, records, nextOffset: (lastOf(records).offset + 1) as Offset });
    await takeApart(chunk.records, {
      apply: (records) => persist(pieceOf(records), 1),
      setAside: async (record, reason) => {
        poison += 1;
        if (poison > POISON_MAX) throw new PartitionStopped(deps.partition, new TooMuchPoison(reason));
        const fault = await persist(pieceOf([record]), 1, (decided) => inItsPlace(decided, record, deps.partition));
        // It is neither decided nor kept: the position must not pass it.
        if (fault !== null) throw new PartitionStopped(deps.partition, fault);
      },
    });
  }

  /**
   * Applies records until they are applied, or until the data itself has made them fail so many times.
   * @param turn makes of what was decided what is done
   * @returns null when they are applied, else the data's fault
   */
  async function persist(chunk: Chunk, dataFailuresMax: number, turn = (decided: DecidedChunk): DecidedChunk => decided): Promise<unknown> {
    let dataFailures = 0;
    for (let attempt = 2; ; attempt += 1) {
      await deps.clock.sleep(backoffMs(attempt, deps.random), disowned.signal);
      if (!isOwner()) throw new Withdrawn();
      try {
        const { prepared, deadLetters } = turn(await decideChunk(chunk, [], () => NOTHING_RECALLED));
        await commit(prepared, deadLetters);
        if (prepared.batches.size > 0) poison = 0;
        deps.onApplied({ chunk, ...prepared, deadLetters });
        return null;
      } catch (error) {
        deps.onFailure(error, attempt);
        if (failureKind(error) !== 'data') continue;
        dataFailures += 1;
        if (dataFailures >= dataFailuresMax) return error;
      }
    }
  }

  return {
    run,
    disown: () => disowned.abort(),
  };
}

const lastOf = (records: readonly RawRecord[]): RawRecord => records.at(-1) as RawRecord;

const nothingLoaded = (now: Millis): Loaded => ({ now, stocks: new Map(), reservations: [], knownCommands: new Set() });
