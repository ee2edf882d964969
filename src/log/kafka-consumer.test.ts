import { EventEmitter } from 'node:events';
import { jest } from '@jest/globals';
import type { Admin, Consumer, ConsumerRunConfig, EachBatchPayload } from 'kafkajs';
import { eventually } from '../../test/support/eventually.js';
import { recordingLog } from '../../test/support/log.js';
import type { Offset } from '../domain/ids.js';
import type { LogConsumer } from '../ports/log.js';
import { type ConsumedTopic, createKafkaConsumer } from './kafka-consumer.js';

const CONSUMED: Omit<ConsumedTopic, 'log'> = {
  topic: 'topic',
  partitionCount: 10,
  fetchPauseMs: 4,
  clock: { sleep: async () => undefined },
};

/** A client of kafkajs, as far as the consumer speaks with it. */
class FakeClient extends EventEmitter {
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

  joins(partitions: readonly number[]): void {
    this.emit('join', { payload: { memberAssignment: { topic: partitions } } });
  }

  crashes(message: string): void {
    this.emit('crash', { payload: { error: new Error(message) } });
  }
}

/** A consumer over fakes, and what it has told. @param arrange the n-th client, before it is used */
function consumerOfFakes(
  arrange: (client: FakeClient, n: number) => void = () => undefined,
  clock: ConsumedTopic['clock'] = CONSUMED.clock,
) {
  const clients: FakeClient[] = [];
  const open = (): Consumer => {
    const client = new FakeClient();
    arrange(client, clients.length);
    clients.push(client);
    return client as unknown as Consumer;
  };
  const log = recordingLog();
  const assigned: (readonly number[])[] = [];
  const consumer: LogConsumer = createKafkaConsumer(open, {} as Admin, { ...CONSUMED, clock, log });
  const start = (): Promise<void> => consumer.start({ assigned: (partitions) => void assigned.push(partitions), records: () => undefined });
  const client = (n: number): FakeClient => clients[n] as FakeClient;
  return { consumer, start, clients, client, assigned, log };
}

describe('what is said to a client', () => {
  /** One between a crash and its end, or with another trouble. */
  async function thatThrows(message: string): Promise<LogConsumer> {
    const { consumer, start } = consumerOfFakes((client) => {
      for (const call of [client.seek, client.pause, client.resume]) {
        call.mockImplementation(() => {
          throw new Error(message);
        });
      }
    });
    await start();
    return consumer;
  }

  test('that has no group just now is not said, and harms nobody', async () => {
    const consumer = await thatThrows('Consumer group was not initialized, consumer#run must be called first');
    consumer.seek(0, 5 as Offset);
    consumer.pause(0);
    consumer.resume(0);
  });

  test('is told to whoever says it, where it is refused for another reason', async () => {
    const consumer = await thatThrows('Offset must be a valid number');
    expect(() => consumer.seek(0, 5 as Offset)).toThrow('valid number');
    expect(() => consumer.resume(0)).toThrow('valid number');
  });
});

describe('a fetch', () => {
  /** What kafkajs hands over; it fetches again when the handler has returned. */
  async function handOver(offsetLag: string, sleep: ConsumedTopic['clock']['sleep']): Promise<void> {
    const { start, client } = consumerOfFakes(undefined, { sleep });
    await start();
    await client(0).handler?.({
      batch: { partition: 0, messages: [], lastOffset: () => '7', offsetLag: () => offsetLag },
      resolveOffset: () => undefined,
      heartbeat: () => Promise.resolve(),
      isStale: () => false,
    } as unknown as EachBatchPayload);
  }

  test('behind one that brought all there was waits, so that it brings more', async () => {
    const sleep = jest.fn(() => Promise.resolve());
    await handOver('0', sleep);
    expect(sleep).toHaveBeenCalledWith(4);
  });

  test('of a backlog does not wait', async () => {
    const sleep = jest.fn(() => Promise.resolve());
    await handOver('1', sleep);
    expect(sleep).not.toHaveBeenCalled();
  });
});

describe('a client that is lost', () => {
  test('is replaced, also over an error after which kafkajs itself would not restart', async () => {
    const { start, clients, client, assigned, log } = consumerOfFakes();
    await start();
    client(0).crashes('Broker not connected');
    await eventually(() => clients.length === 2);
    client(1).joins([3, 4]);
    expect(assigned).toEqual([[3, 4]]);
    expect(log.lines.map(({ message }) => message)).toEqual(['the consumer is lost, another one takes its place']);
  });

  test('is not heard any more', async () => {
    const { start, clients, client, assigned } = consumerOfFakes();
    await start();
    client(0).crashes('gone');
    await eventually(() => clients.length === 2);
    client(0).joins([1]);
    client(0).crashes('gone again');
    client(0).emit('stop');
    await new Promise(setImmediate);
    expect(assigned).toEqual([]);
    expect(clients).toHaveLength(2);
  });

  test('is replaced, too, when it stops and the word of its crash never comes', async () => {
    const { start, clients, client } = consumerOfFakes();
    await start();
    client(0).emit('stop');
    await eventually(() => clients.length === 2);
    expect(client(1).run).toHaveBeenCalled();
  });

  test('is replaced once, when it stops and then says why', async () => {
    const { start, clients, client } = consumerOfFakes();
    await start();
    client(0).emit('stop');
    client(0).crashes('gone');
    await eventually(() => clients.length === 2);
    await new Promise(setImmediate);
    expect(clients).toHaveLength(2);
  });

  test('while it joins keeps nobody waiting', async () => {
    const { start, clients, client } = consumerOfFakes((made, n) => {
      if (n === 0) made.run.mockReturnValue(new Promise(() => undefined));
    });
    const started = start();
    await eventually(() => client(0).run.mock.calls.length === 1);
    client(0).crashes('gone');
    await started;
    await eventually(() => clients.length === 2);
  });

  test('is replaced for as long as it takes: who cannot connect is left behind', async () => {
    const { start, clients, client } = consumerOfFakes((made, n) => {
      if (n === 1 || n === 2) made.connect.mockRejectedValue(new Error('no broker') as never);
    });
    await start();
    client(0).crashes('gone');
    await eventually(() => clients.length === 4 && client(3).run.mock.calls.length === 1);
    expect(client(1).disconnect).toHaveBeenCalled();
  });

  test('at the first start is told to the caller', async () => {
    const { start, clients } = consumerOfFakes((made) => made.connect.mockRejectedValue(new Error('no broker') as never));
    await expect(start()).rejects.toThrow('no broker');
    expect(clients).toHaveLength(1);
  });

  test('is not replaced once the consumer is stopped', async () => {
    let wake = (): void => undefined;
    const sleep = (): Promise<void> =>
      new Promise((resolve) => {
        wake = resolve;
      });
    const { consumer, start, clients, client } = consumerOfFakes(undefined, { sleep });
    await start();
    client(0).crashes('gone');
    await consumer.stop();
    wake();
    await new Promise(setImmediate);
    expect(clients).toHaveLength(1);
  });
});
