import type { Offset } from '../domain/ids.js';
import type { LogRange, RawRecord } from '../ports/log.js';
import type { Position, WriterStore } from '../ports/store.js';
import { fingerprint } from './fingerprint.js';

interface Tracked {
  nextOffset: Offset;
  last: RawRecord | null;
  storedFingerprint: string | null;
  appliedThrough: number | null;
  /** Something to store since the last time. */
  moved: boolean;
  /** Looks at the log in a row that found it ending before the position. */
  beyondEnd: number;
  /** All of the log up to `end` was there at `asOf`: once the position has reached it, everything of that moment is applied. */
  mark: { readonly asOf: number; readonly end: Offset } | null;
}

export interface PositionsDependencies {
  readonly store: Pick<WriterStore, 'advance' | 'now'>;
  readonly ends: () => Promise<ReadonlyMap<number, LogRange>>;
  readonly commitToGroup: (positions: ReadonlyMap<number, Offset>) => Promise<void>;
}

/** Keeps the positions of the partitions that this process owns: in memory at once, in the database and in the group when told to flush. */
export class Positions {
  private readonly tracked = new Map<number, Tracked>();
  private ends: ReadonlyMap<number, LogRange> = new Map();
  private isTelling = false;
  private couldNotLook = false;

  constructor(private readonly deps: PositionsDependencies) {}

  track(partition: number, nextOffset: Offset, storedFingerprint: string | null): void {
    this.tracked.set(partition, {
      nextOffset,
      last: null,
      storedFingerprint,
      appliedThrough: null,
      moved: false,
      beyondEnd: 0,
      mark: null,
    });
  }

  untrack(partition: number): void {
    this.tracked.delete(partition);
  }

  /** Every record before `nextOffset` has its decision or its dead letter on disk. */
  applied(partition: number, nextOffset: Offset, last: RawRecord): void {
    const entry = this.tracked.get(partition);
    if (entry === undefined || nextOffset <= entry.nextOffset) return;
    entry.nextOffset = nextOffset;
    entry.last = last;
    entry.moved = true;
  }

  /** Records in the log that are not applied yet, by partition, as of the last flush's look at the log. */
  lag(): ReadonlyMap<number, number> {
    return new Map(
      [...this.tracked].map(([partition, { nextOffset }]) => [partition, Math.max(0, (this.ends.get(partition)?.end ?? 0) - nextOffset)]),
    );
  }

  /** Where the log of each partition ends, as of the last flush's look at it. */
  logEnd(partition: number): Offset | undefined {
    return this.ends.get(partition)?.end;
  }

  /** Partitions whose log has ended before the position at two looks in a row: truncated, or another log. */
  truncated(): readonly number[] {
    return [...this.tracked].flatMap(([partition, { beyondEnd }]) => (beyondEnd >= 2 ? [partition] : []));
  }

  /** Stores what moved, and looks where the log ends. @throws when either could not be done. Safe to repeat, and to miss: repeats of records at or below a watermark are skipped. */
  async flush(): Promise<void> {
    // In this order: the time first, then the question to the log, so that nothing appended before that time can be missed.
    const asOf = await this.deps.store.now();
    // Where we were before the question: while it was under way more may have been appended, read and applied than the answer knows of.
    const applied = new Map([...this.tracked].map(([partition, { nextOffset }]) => [partition, nextOffset]));
    // What is applied is stored also while a broker is away: one partition without a leader would hold up the positions of all.
    const unseen = await this.look().catch((error: unknown) => error ?? new Error('the log was not seen'));
    if (unseen === undefined) for (const [partition, entry] of this.tracked) this.mark(partition, entry, asOf, applied.get(partition) ?? 0);
    const moved = [...this.tracked].filter(([, entry]) => entry.moved);
    const positions = moved.map(([partition, entry]) => position(partition, entry));
    // Before it is stored: what is applied meanwhile has moved again.
    for (const [, entry] of moved) entry.moved = false;
    try {
      if (positions.length > 0) await this.deps.store.advance(positions);
    } catch (error) {
      for (const [, entry] of moved) entry.moved = true;
      throw error;
    }
    // Not waited for: what the group says of it is no part of having stored it.
    void this.tellGroup(positions);
    if (unseen !== undefined) throw unseen;
  }

  /** Stores where these partitions stand, without asking the log: for those that are given up. */
  async flushOnly(partitions: readonly number[]): Promise<void> {
    const leaving = [...this.tracked].filter(([partition, entry]) => entry.moved && partitions.includes(partition));
    const positions = leaving.map(([partition, entry]) => position(partition, entry));
    if (positions.length === 0) return;
    await this.deps.store.advance(positions);
    await this.tellGroup(positions);
  }

  /** Whether the last look at the log failed. */
  get isBlind(): boolean {
    return this.couldNotLook;
  }

  private async look(): Promise<void> {
    this.couldNotLook = true;
    this.ends = await this.deps.ends();
    this.couldNotLook = false;
  }

  private mark(partition: number, entry: Tracked, asOf: number, appliedBefore: number): void {
    if (entry.mark !== null && entry.nextOffset >= entry.mark.end) {
      entry.appliedThrough = entry.mark.asOf;
      entry.moved = true;
      entry.mark = null;
    }
    const end = this.ends.get(partition)?.end;
    if (end === undefined) return;
    entry.beyondEnd = end < appliedBefore ? entry.beyondEnd + 1 : 0;
    // Once may be a broker that is behind; nothing is claimed to be applied meanwhile.
    if (entry.beyondEnd > 0) return;
    if (entry.nextOffset >= end) {
      entry.appliedThrough = asOf;
      entry.moved = true;
    } else entry.mark ??= { asOf, end };
  }

  /** For tools that look at the group's lag; one that cannot be told has been told before, and will be again. */
  private async tellGroup(positions: readonly Position[]): Promise<void> {
    if (positions.length === 0 || this.isTelling) return;
    this.isTelling = true;
    await this.deps.commitToGroup(new Map(positions.map(({ partition, nextOffset }) => [partition, nextOffset]))).catch(() => undefined);
    this.isTelling = false;
  }
}

function position(partition: number, { nextOffset, last, storedFingerprint, appliedThrough }: Tracked): Position {
  return { partition, nextOffset, fingerprint: last === null ? storedFingerprint : fingerprint(last), appliedThrough };
}
