import type { Offset } from '../domain/ids.js';

/** How far one partition is read, and what lies ahead. */
export interface Reading {
  /** The offset that the consumer is to deliver next. */
  readonly nextOffset: Offset;
  /** Records delivered and not yet taken up: with any, it is not the consumer that holds things up. */
  readonly waiting: number;
  /** The log's end, by a fresh look; undefined where nobody has looked. */
  readonly end: Offset | undefined;
  /** Whether the next offset is certain to hold a record: the one that was applied last, which is read again. */
  readonly isRecord: boolean;
}

interface Standstill {
  readonly nextOffset: Offset;
  readonly end: Offset;
  readonly since: number;
}

/** A partition whose records are in the log and are not delivered. */
export interface Stall {
  readonly partition: number;
  readonly nextOffset: Offset;
  readonly undelivered: number;
  /** False: what is not delivered may be the marks of transactions, which never are. Worth asking for again, and no more. */
  readonly isCertain: boolean;
}

/**
 * So many offsets at the end of a log may hold no record (the marks of a transaction): they are never delivered, and nothing is wrong.
 * As soon as the log grows, records lie behind them.
 */
const MARKS_MAX = 10;

/**
 * Notices a consumer that has gone silent: kafkajs can stop fetching without an error, and nothing else would ever say so.
 *
 * @param limitMs how long a consumer may deliver nothing of what there is
 */
export class StallWatch {
  private readonly still = new Map<number, Standstill>();
  private lastLook = Number.NEGATIVE_INFINITY;

  constructor(private readonly limitMs: number) {}

  /**
   * Takes a look at all partitions that are being read, right after their ends were told. When there was none for long (the brokers did not
   * answer, the process was asleep), all is counted anew.
   * @param now by the monotonic clock, milliseconds
   */
  look(partitions: ReadonlyMap<number, Reading>, now: number): readonly Stall[] {
    if (now - this.lastLook > this.limitMs / 2) this.still.clear();
    this.lastLook = now;
    for (const partition of [...this.still.keys()]) if (!partitions.has(partition)) this.still.delete(partition);
    return [...partitions].flatMap(([partition, reading]) => this.judge(partition, reading, now) ?? []);
  }

  private judge(partition: number, { nextOffset, waiting, end, isRecord }: Reading, now: number): Stall | null {
    const before = this.still.get(partition);
    if (end === undefined || waiting > 0 || nextOffset >= end) {
      this.still.delete(partition);
      return null;
    }
    if (before === undefined || before.nextOffset !== nextOffset) {
      this.still.set(partition, { nextOffset, end, since: now });
      return null;
    }
    if (now - before.since < this.limitMs) return null;
    const undelivered = end - nextOffset;
    const isCertain = isRecord || end > before.end || undelivered > MARKS_MAX;
    // Asked for again, it gets the same time again.
    if (!isCertain) this.still.set(partition, { nextOffset, end, since: now });
    return { partition, nextOffset, undelivered, isCertain };
  }
}
