import { jest } from '@jest/globals';
import type { Admin, Consumer, ConsumerRunConfig, EachBatchPayload } from 'kafkajs';
import type { Offset } from '../domain/ids.js';
import { type ConsumedTopic, createKafkaConsumer } from './kafka-consumer.js';

const CONSUMED: ConsumedTopic = { topic: 'topic', partitionCount: 10, fetchPauseMs: 4, clock: { sleep: () => Promise.resolve() } };

/** A consumer between a crash and its restart, or with another trouble. */
function consumerThatThrows(message: string) {
  const fail = (): never => {
    throw new Error(message);
  };
  return createKafkaConsumer({ seek: fail, pause: fail, resume: fail } as unknown as Consumer, {} as Admin, CONSUMED);
}

test('what is said to a consumer that has no group just now is not said, and harms nobody', () => {
  const consumer = consumerThatThrows('Consumer group was not initialized, consumer#run must be called first');
  consumer.seek(0, 5 as Offset);
  consumer.pause(0);
  consumer.resume(0);
});

test('any other error of it is told', () => {
  const consumer = consumerThatThrows('Offset must be a valid number');
  expect(() => consumer.seek(0, 5 as Offset)).toThrow('valid number');
  expect(() => consumer.resume(0)).toThrow('valid number');
});

/** What kafkajs hands over; it fetches again when the handler has returned. */
async function handOver(offsetLag: string, sleep: ConsumedTopic['clock']['sleep']): Promise<void> {
  let handler: ConsumerRunConfig['eachBatch'];
  const client = {
    events: {},
    on: () => undefined,
    connect: () => Promise.resolve(),
    subscribe: () => Promise.resolve(),
    run: async ({ eachBatch }: ConsumerRunConfig) => {
      handler = eachBatch;
    },
  };
  const consumer = createKafkaConsumer(client as unknown as Consumer, {} as Admin, { ...CONSUMED, clock: { sleep } });
  await consumer.start({ assigned: () => undefined, records: () => undefined, crashed: () => undefined });
  await handler?.({
    batch: { partition: 0, messages: [], lastOffset: () => '7', offsetLag: () => offsetLag },
    resolveOffset: () => undefined,
    heartbeat: () => Promise.resolve(),
    isStale: () => false,
  } as unknown as EachBatchPayload);
}

test('the next fetch waits behind one that brought all there was, so that it brings more', async () => {
  const sleep = jest.fn(() => Promise.resolve());
  await handOver('0', sleep);
  expect(sleep).toHaveBeenCalledWith(4);
});

test('a backlog is fetched without a pause', async () => {
  const sleep = jest.fn(() => Promise.resolve());
  await handOver('1', sleep);
  expect(sleep).not.toHaveBeenCalled();
});
