import type { Millis, Offset, SkuId } from '../../src/domain/ids.js';
import { partitionOf } from '../../src/domain/partition-hash.js';
import type { EventsStore, PageLimits, RelayCursor, RelayEntry } from '../../src/ports/events.js';
import type { LogProducer, OutgoingRecord } from '../../src/ports/log.js';
import { settled } from './memory-clock.js';

export const PARTITIONS = 3;

interface Stored extends RelayEntry {
  readonly partition: number;
}

/** The ledger and the cursors, as the database has them. */
export class MemoryLedger implements EventsStore {
  readonly entries: Stored[] = [];
  readonly positions = new Map<number, number>();
  readonly cursors = new Map<number, number>();
  /** Smaller pages than the relay asks for, so that a few entries are several. */
  maxEntries = Number.POSITIVE_INFINITY;
  failing = 0;
  private readonly sequences = new Map<string, number>();

  /** Decides so many commands of a SKU, the last of them at this offset of its partition. */
  write(sku: string, count: number, lastOffset = this.end(sku) + count): void {
    const partition = partitionOf(sku, PARTITIONS);
    const before = this.sequences.get(sku) ?? 0;
    this.sequences.set(sku, before + count);
    const line = '[0,"reserve","00000000-0000-0000-0000-000000000000","DUPLICATE",null]';
    const decisions = Array(count).fill(line).join('\n');
    const place = { partition, lastOffset: lastOffset as Offset, decidedAt: 1 as Millis };
    this.entries.push({ skuId: sku as SkuId, firstSequence: before + 1, decisions, ...place });
    this.positions.set(partition, Math.max(lastOffset + 1, this.positions.get(partition) ?? 0));
  }

  /** Every decision, in the order of its SKU. */
  decided(): Map<string, string[]> {
    return new Map([...this.sequences].map(([sku, count]) => [sku, Array.from({ length: count }, (_, at) => `${sku}:${at + 1}`)]));
  }

  private end(sku: string): number {
    return Math.max(-1, ...this.entries.filter(({ partition }) => partition === partitionOf(sku, PARTITIONS)).map((e) => e.lastOffset));
  }

  private behind(partition: number): Stored[] {
    const [from, to] = [this.cursors.get(partition) ?? 0, this.positions.get(partition) ?? 0];
    return this.entries
      .filter((entry) => entry.partition === partition && entry.lastOffset >= from && entry.lastOffset < to)
      .sort((a, b) => a.lastOffset - b.lastOffset);
  }

  async waiting(partitions: readonly number[]) {
    await this.mayFail();
    return partitions.filter((partition) => this.behind(partition).length > 0).map((partition) => ({ partition, ageSeconds: 7 }));
  }

  async pages(partitions: readonly number[], limits: PageLimits) {
    await this.mayFail();
    return partitions.flatMap((partition) => {
      const all = this.behind(partition);
      const [first, ...rest] = all.slice(0, Math.min(limits.entries, this.maxEntries));
      return first === undefined ? [] : [{ partition, entries: [first, ...rest] as const, isFull: 1 + rest.length < all.length }];
    });
  }

  async advance(cursors: readonly RelayCursor[]): Promise<void> {
    await this.mayFail();
    for (const { partition, through } of cursors) this.cursors.set(partition, Math.max(through, this.cursors.get(partition) ?? 0));
  }

  private async mayFail(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
    if (this.failing === 0) return;
    this.failing -= 1;
    throw new Error('the database is away');
  }
}

/** Of what was sent together: all of it, nothing, all of it but unanswered, or all but the first partition's. */
export type Fate = 'written' | 'lost' | 'unanswered' | 'skipped';

/** What becomes of each send in turn; written after those. Two producers may share it. */
export class MemoryEvents implements LogProducer {
  readonly ids: string[] = [];
  /** The partitions of each send. */
  readonly sends: (readonly number[])[] = [];
  readonly underWay = new Map<number, number>();
  mostUnderWay = 0;
  fates: Fate[] = [];
  /** Whose leader is away: a send that has any of these is not answered, though the rest of it is written. */
  away: readonly number[] = [];

  async send(records: readonly OutgoingRecord[]) {
    const partitions = [...new Set(records.map(({ partition }) => partition))];
    this.sends.push(partitions);
    for (const partition of partitions) this.underWay.set(partition, (this.underWay.get(partition) ?? 0) + 1);
    this.mostUnderWay = Math.max(this.mostUnderWay, ...this.underWay.values());
    await settled(2);
    for (const partition of partitions) this.underWay.set(partition, (this.underWay.get(partition) ?? 0) - 1);
    const fate = this.fates.shift() ?? 'written';
    const without = [...this.away, ...(fate === 'lost' ? partitions : fate === 'skipped' ? partitions.slice(0, 1) : [])];
    const written = partitions.filter((partition) => !without.includes(partition));
    for (const { value, partition } of records) if (written.includes(partition)) this.ids.push(JSON.parse(value).id);
    const isUnanswered = fate === 'lost' || fate === 'unanswered' || partitions.some((partition) => this.away.includes(partition));
    if (isUnanswered) throw new Error('no answer');
    return new Map(written.map((partition) => [partition, 0 as Offset]));
  }

  /** First occurrences, in the order in which a consumer sees them. */
  firsts(): Map<string, string[]> {
    const bySku = new Map<string, string[]>();
    for (const id of new Set(this.ids)) {
      const sku = id.slice(0, id.lastIndexOf(':'));
      bySku.set(sku, [...(bySku.get(sku) ?? []), id]);
    }
    return bySku;
  }
}
