import type { Millis, Offset } from '../domain/ids.js';

/** A record as it lies in the log, nothing about it believed yet. */
export interface RawRecord {
  readonly offset: Offset;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  /** LogAppendTime, epoch milliseconds. */
  readonly appendedAt: Millis;
}

export interface OutgoingRecord {
  readonly partition: number;
  readonly key: string;
  readonly value: string;
}

/** Where the log says a record now is. */
export interface Appended {
  readonly partition: number;
  readonly offset: Offset;
}

export interface LogProducer {
  /**
   * Appends the records of one request, with acks from all in-sync replicas. Answers per partition the offset of the first record there;
   * a partition missing from the answer was possibly not written.
   * @throws when nothing is known about any of them: they may or may not be in the log
   */
  send(records: readonly OutgoingRecord[]): Promise<ReadonlyMap<number, Offset>>;
}

export interface LogConsumerEvents {
  /** The partitions this process owns from now on, all of them: what it owned before and is missing has another owner. */
  assigned(partitions: readonly number[]): void;
  /** No client is in the group any more; another one takes its place and tells what it is assigned. Until then nothing is delivered. */
  lost(): void;
  /** Records of one partition in offset order. May repeat, and may begin anywhere. Must not block. */
  records(partition: number, records: readonly RawRecord[]): void;
}

export interface LogConsumer {
  start(events: LogConsumerEvents): Promise<void>;
  seek(partition: number, offset: Offset): void;
  pause(partition: number): void;
  resume(partition: number): void;
  /** Tells the group how far each partition is done: a hint for tools, never what this service resumes from. */
  commit(positions: ReadonlyMap<number, Offset>): Promise<void>;
  /** First and next offset of every partition, by a fresh question to the log. */
  ends(): Promise<ReadonlyMap<number, LogRange>>;
  stop(): Promise<void>;
}

export interface LogRange {
  readonly start: Offset;
  /** The offset that the next record will get. */
  readonly end: Offset;
}
