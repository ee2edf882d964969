import type { Offset, SkuId } from '../domain/ids.js';
import { CHUNK_MAX_RECORDS } from '../domain/limits.js';
import type { RawRecord } from '../ports/log.js';
import type { Clock } from '../ports/runtime.js';
import { fingerprint } from './fingerprint.js';

/** Records of one partition that may wait for its writer before fetching it pauses, and that must be left before it goes on. */
const WAITING_HIGH = 2_000;
const WAITING_LOW = 750;
/** A reason of our own: without one every abort makes an exception, with its stack trace. */
const OVER = 'over';

export interface FeedChunk {
  readonly records: readonly RawRecord[];
  readonly nextOffset: Offset;
  readonly completeAt: number;
}

export interface FeedDependencies {
  readonly clock: Clock;
  readonly lingerMs: number;
  readonly seek: (offset: Offset) => void;
  readonly pause: () => void;
  readonly resume: () => void;
  /**
   * Judges the record before the position, when there is one: the feed then begins with it, and takes nothing if it is not the record that
   * was applied there (a recreated topic, another cluster).
   */
  readonly isLastApplied: ((record: RawRecord) => boolean) | null;
  /** Asks the log for its first offset; null where it does not know the partition. */
  readonly logStart: () => Promise<Offset | null>;
  /** The log does not continue what was applied; the feed has ended. */
  readonly onUnusable: (reason: 'FOREIGN_LOG' | 'RECORDS_LOST') => void;
}

/**
 * One partition's records, from where its position stands, in order and without gaps, whatever order the client library delivers in:
 * repeats are dropped, and a jump is taken only when the same record comes again after a seek to the one that was expected, with no rebalance between.
 */
export class PartitionFeed {
  private waiting: RawRecord[] = [];
  private oldestAt = 0;
  private paused = false;
  private ended = false;
  private jumpedTo: Offset | null = null;
  private judging = false;
  /** The client is where the group's offset has put it, and not where this feed is. */
  private astray = false;
  /** How often somebody has moved the client. */
  private moves = 0;
  private lastTaken: RawRecord | null = null;
  private wake: (() => void) | null = null;
  private expected: Offset;
  private isLastApplied: ((record: RawRecord) => boolean) | null;

  /** @param position the offset of the first record to hand out */
  constructor(
    position: Offset,
    private readonly deps: FeedDependencies,
  ) {
    this.isLastApplied = deps.isLastApplied;
    this.expected = (this.isLastApplied === null ? position : position - 1) as Offset;
  }

  /** The offset of the next record this feed takes. */
  get nextOffset(): Offset {
    return this.expected;
  }

  /** Whether the next record is one that was applied before, read again to see that it is the same. */
  get isJudging(): boolean {
    return this.isLastApplied !== null;
  }

  /** Records that wait. */
  get waitingCount(): number {
    return this.waiting.length;
  }

  /** Records that wait, by their key: the SKU, if it is a well-formed command. */
  waitingBySku(): ReadonlyMap<SkuId, number> {
    const counts = new Map<SkuId, number>();
    for (const { key } of this.waiting) {
      const skuId = (key?.toString() ?? '') as SkuId;
      counts.set(skuId, (counts.get(skuId) ?? 0) + 1);
    }
    return counts;
  }

  /** What waits, as far as one chunk can hold it. */
  peek(): readonly RawRecord[] {
    return this.waiting.slice(0, CHUNK_MAX_RECORDS);
  }

  push(records: readonly RawRecord[]): void {
    // Astray, also what seems to come next may be of another log: `realign` asks for it again.
    if (this.ended || this.astray) return;
    const continuing = this.continuation(records);
    if (continuing.length === 0) return;
    const fresh = this.isLastApplied === null ? continuing : this.afterLastApplied(continuing);
    if (fresh.length === 0) return;
    if (this.waiting.length === 0) this.oldestAt = this.deps.clock.monotonic();
    // Not push(...fresh): a fetch may hold more records than a call may have arguments.
    this.waiting = this.waiting.length === 0 ? [...fresh] : this.waiting.concat(fresh);
    this.lastTaken = fresh.at(-1) as RawRecord;
    this.expected = (this.lastTaken.offset + 1) as Offset;
    if (!this.paused && this.waiting.length >= WAITING_HIGH) {
      this.paused = true;
      this.deps.pause();
    }
    this.wake?.();
  }

  /** No more records are taken; what waits is dropped: the next owner reads it again. */
  end(): void {
    this.ended = true;
    this.waiting = [];
    this.wake?.();
  }

  /** A rebalance: until `realign` the client may be anywhere, also where it has jumped to before, so that a jump is no sign of a gap. */
  goAstray(): void {
    this.astray = true;
    this.moves += 1;
    this.jumpedTo = null;
  }

  /** After a rebalance the client begins at the group's offset: back to where this feed is. */
  realign(): void {
    this.astray = false;
    this.moves += 1;
    this.jumpedTo = null;
    if (this.lastTaken !== null && this.isLastApplied === null) {
      // Whoever comes back to the log after an absence makes sure that it is the same one.
      const known = fingerprint(this.lastTaken);
      this.isLastApplied = (record) => fingerprint(record) === known;
      this.expected = this.lastTaken.offset;
    }
    this.deps.seek(this.expected);
    // kafkajs keeps a pause for whoever owns the partition next in this process, and forgets it when it starts anew.
    if (this.paused) this.deps.pause();
    else this.deps.resume();
  }

  /** The log was out of sight for a while: before anything more is taken, the last record that was is compared. */
  makeSure(): void {
    // In a rebalance that comes anyway.
    if (!this.astray && !this.ended && this.lastTaken !== null) this.realign();
  }

  /** The next chunk: full, or what has arrived when the oldest record has waited for the linger. Null once the feed has ended. */
  async next(): Promise<FeedChunk | null> {
    for (;;) {
      if (this.ended) return null;
      const lingerLeft = this.oldestAt + this.deps.lingerMs - this.deps.clock.monotonic();
      if (this.waiting.length >= CHUNK_MAX_RECORDS || (this.waiting.length > 0 && lingerLeft <= 0)) return this.take();
      await this.change(this.waiting.length > 0 ? lingerLeft : null);
    }
  }

  private take(): FeedChunk {
    const records = this.waiting.slice(0, CHUNK_MAX_RECORDS);
    this.waiting = this.waiting.slice(CHUNK_MAX_RECORDS);
    if (this.paused && this.waiting.length <= WAITING_LOW) {
      this.paused = false;
      this.deps.resume();
    }
    const last = records.at(-1) as RawRecord;
    return { records, nextOffset: (last.offset + 1) as Offset, completeAt: this.deps.clock.monotonic() };
  }

  /** Resolves when records come, the feed ends, or after so many milliseconds. */
  private async change(timeoutMs: number | null): Promise<void> {
    const woken = new Promise<void>((resolve) => {
      this.wake = resolve;
    });
    if (timeoutMs === null) await woken;
    else {
      const timeout = new AbortController();
      await Promise.race([woken, this.deps.clock.sleep(timeoutMs, timeout.signal)]);
      timeout.abort(OVER);
    }
    this.wake = null;
  }

  /** Checks the first of these records against what was applied there, and takes it off. */
  private afterLastApplied(records: readonly RawRecord[]): readonly RawRecord[] {
    const first = records[0] as RawRecord;
    if (first.offset !== this.expected || this.isLastApplied?.(first) !== true) {
      this.unusable('FOREIGN_LOG');
      return [];
    }
    this.isLastApplied = null;
    this.lastTaken = first;
    this.expected = (first.offset + 1) as Offset;
    return records.slice(1);
  }

  private continuation(records: readonly RawRecord[]): readonly RawRecord[] {
    // Back without having been sent: the client was told that its place is out of the log's range, so it may be another log.
    if (this.lastTaken !== null && this.isLastApplied === null && (records[0]?.offset ?? this.expected) < this.expected) {
      this.makeSure();
      return [];
    }
    const first = records.findIndex(({ offset }) => offset >= this.expected);
    if (first === -1) return [];
    const fresh = first === 0 ? records : records.slice(first);
    const { offset } = fresh[0] as RawRecord;
    if (offset === this.expected) {
      this.jumpedTo = null;
      return fresh;
    }
    if (this.judging) return [];
    if (this.jumpedTo === offset) void this.judgeGap(offset);
    else {
      this.jumpedTo = offset;
      this.deps.seek(this.expected);
    }
    return [];
  }

  /**
   * The log has handed out the same later record twice. Either nothing lies between (offsets without records: transactions, compaction), or
   * retention has removed what was never decided, and the client library went on silently: only the log's first offset tells.
   */
  private async judgeGap(next: Offset): Promise<void> {
    this.judging = true;
    const { expected, isLastApplied, moves } = this;
    const start = await this.deps.logStart().catch(() => null);
    this.judging = false;
    this.jumpedTo = null;
    // What came meanwhile has answered it, or asks something else.
    if (this.ended || this.expected !== expected || this.isLastApplied !== isLastApplied || this.moves !== moves) return;
    if (start === null) return this.deps.seek(this.expected);
    const position = this.isLastApplied === null ? this.expected : this.expected + 1;
    if (start > position) return this.unusable('RECORDS_LOST');
    if (this.isLastApplied !== null && start < position) return this.unusable('FOREIGN_LOG');
    this.isLastApplied = null;
    this.expected = next;
    this.deps.seek(next);
  }

  private unusable(reason: 'FOREIGN_LOG' | 'RECORDS_LOST'): void {
    this.end();
    this.deps.onUnusable(reason);
  }
}
