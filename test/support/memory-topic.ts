import type { Offset } from '../../src/domain/ids.js';
import { partitionOf } from '../../src/domain/partition-hash.js';
import type { LogConsumer, LogConsumerEvents, LogRange, RawRecord } from '../../src/ports/log.js';
import { logOf, type Written } from './memory-log.js';

/** A topic and its one consumer: delivers from where it was told to seek, a turn later, as the client library would. */
export class MemoryTopic implements LogConsumer {
  readonly records = new Map<number, RawRecord[]>();
  readonly seeks: [number, number][] = [];
  readonly committed = new Map<number, Offset>();
  /** Partitions whose offsets the brokers do not tell. */
  readonly silent = new Set<number>();
  /** Offset of the first record that retention has left. */
  start0 = 0;
  private readonly fetchAt = new Map<number, number>();
  private events: LogConsumerEvents | null = null;

  constructor(readonly partitions: number) {
    for (let partition = 0; partition < partitions; partition += 1) this.records.set(partition, []);
  }

  /** A SKU that this partition decides. */
  skuIn(partition: number): string {
    for (let at = 0; ; at += 1) if (partitionOf(`sku-${at}`, this.partitions) === partition) return `sku-${at}`;
  }

  append(partition: number, written: readonly Written[]): void {
    const records = this.records.get(partition) ?? [];
    records.push(...logOf(written, records.length));
    this.deliver(partition);
  }

  assign(partitions: readonly number[]): void {
    for (const partition of this.fetchAt.keys()) if (!partitions.includes(partition)) this.fetchAt.delete(partition);
    this.events?.assigned(partitions);
  }

  private deliver(partition: number): void {
    setImmediate(() => {
      const from = this.fetchAt.get(partition);
      if (from === undefined) return;
      const fetched = (this.records.get(partition) ?? []).filter(({ offset }) => offset >= Math.max(from, this.start0)).slice(0, 40);
      const last = fetched.at(-1);
      if (last === undefined) return;
      this.fetchAt.set(partition, last.offset + 1);
      this.events?.records(partition, fetched);
      this.deliver(partition);
    });
  }

  async start(events: LogConsumerEvents): Promise<void> {
    this.events = events;
  }

  seek(partition: number, offset: Offset): void {
    this.seeks.push([partition, offset]);
    this.fetchAt.set(partition, offset);
    this.deliver(partition);
  }

  pause(): void {}
  resume(): void {}

  async commit(positions: ReadonlyMap<number, Offset>): Promise<void> {
    for (const [partition, offset] of positions) this.committed.set(partition, offset);
  }

  ends = async (): Promise<ReadonlyMap<number, LogRange>> =>
    new Map(
      [...this.records]
        .filter(([partition]) => !this.silent.has(partition))
        .map(([partition, records]) => [partition, { start: this.start0 as Offset, end: records.length as Offset }]),
    );

  async stop(): Promise<void> {
    this.events = null;
  }
}
