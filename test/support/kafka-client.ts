import { EventEmitter } from 'node:events';
import { jest } from '@jest/globals';
import type { Admin, Consumer, ConsumerRunConfig, EachBatchPayload } from 'kafkajs';
import { type ConsumedTopic, createKafkaConsumer } from '../../src/log/kafka-consumer.js';
import { recordingLog } from './log.js';

const CONSUMED: Omit<ConsumedTopic, 'log' | 'clock'> = { topic: 'topic', partitionCount: 10, fetchPauseMs: 4 };
/** What is only there for a client that never answers takes its time; the other pauses are over at once. */
export const LONG_MS = 5_000;

/** A client of kafkajs, as far as the consumer speaks with it. */
export class FakeClient extends EventEmitter {
  readonly events = { GROUP_JOIN: 'join', CRASH: 'crash', STOP: 'stop' };
  handler: ConsumerRunConfig['eachBatch'];
  connect = jest.fn(async () => undefined);
  subscribe = async (): Promise<void> => undefined;
  run = jest.fn(async ({ eachBatch }: ConsumerRunConfig) => {
    this.handler = eachBatch;
  });
  disconnect = jest.fn(async () => undefined);
  seek = jest.fn();
  pause = jest.fn();
  resume = jest.fn();

  /** What kafkajs hands over; it fetches again when the handler has returned. */
  async deliver(offsetLag = '1'): Promise<void> {
    await this.handler?.({
      batch: { partition: 0, messages: [], lastOffset: () => '7', offsetLag: () => offsetLag },
      resolveOffset: () => undefined,
      heartbeat: () => Promise.resolve(),
      isStale: () => false,
    } as unknown as EachBatchPayload);
  }

  joins(partitions: readonly number[]): void {
    this.emit('join', { payload: { memberAssignment: { topic: partitions } } });
  }

  crashes(message: string): void {
    this.emit('crash', { payload: { error: new Error(message) } });
  }
}

/** A consumer over fakes, and what it has told. @param arrange the n-th client, before it is used */
export function consumerOfFakes(arrange: (client: FakeClient, n: number) => void = () => undefined, clock?: ConsumedTopic['clock']) {
  const clients: FakeClient[] = [];
  const open = (): Consumer => {
    const client = new FakeClient();
    arrange(client, clients.length);
    clients.push(client);
    return client as unknown as Consumer;
  };
  const pauses: number[] = [];
  const sleep = (ms: number): Promise<void> => {
    pauses.push(ms);
    return ms < LONG_MS ? Promise.resolve() : new Promise(() => undefined);
  };
  const log = recordingLog();
  const assigned: (readonly number[])[] = [];
  const losses: number[] = [];
  const delivered: number[] = [];
  const consumer = createKafkaConsumer(open, {} as Admin, { ...CONSUMED, clock: clock ?? { sleep }, log });
  const start = (): Promise<void> =>
    consumer.start({
      assigned: (partitions) => void assigned.push(partitions),
      lost: () => void losses.push(clients.length),
      records: (partition) => void delivered.push(partition),
    });
  const client = (n: number): FakeClient => clients[n] as FakeClient;
  return { consumer, start, clients, client, assigned, losses, delivered, pauses, log };
}
