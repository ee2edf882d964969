import { createRequire } from 'node:module';
import type { Producer } from 'kafkajs';
import { reserveOf } from '../../test/support/memory-log.js';
import { systemClock } from '../connections/clock.js';
import { partitionOf } from '../domain/partition-hash.js';
import { createKafkaProducer } from './kafka-producer.js';
import { Publisher } from './publisher.js';

const require = createRequire(import.meta.url);
// kafkajs exports no single parts, and is CommonJS: these are its own files.
const createSendMessages = require('kafkajs/src/producer/sendMessages.js');
const createRetry = require('kafkajs/src/retry/index.js');
const { DefaultPartitioner } = require('kafkajs/src/producer/partitioners/index.js');
const { KafkaJSProtocolError } = require('kafkajs/src/errors.js');

const TOPIC = 'requests';
const NOT_LEADER = { type: 'NOT_LEADER_FOR_PARTITION', code: 6, retriable: true, message: 'this server is not the leader' };

interface TopicData {
  readonly topic: string;
  readonly partitions: readonly { readonly partition: number; readonly messages: readonly unknown[] }[];
}

/** Two brokers, each the leader of one partition; partition 1 moves to the first while it is written. */
class MovingCluster {
  readonly leaders = new Map([
    [0, 1],
    [1, 2],
  ]);
  readonly written = new Map<number, number>();
  readonly brokers = [1, 2].map((nodeId) => ({ nodeId, produce: (request: { topicData: TopicData[] }) => this.produce(nodeId, request) }));
  private moves = true;

  async produce(nodeId: number, { topicData }: { topicData: TopicData[] }): Promise<unknown> {
    const partitions = (topicData[0] as TopicData).partitions;
    if (nodeId === 2 && this.moves) {
      this.moves = false;
      this.leaders.set(1, 1);
      throw new KafkaJSProtocolError(NOT_LEADER);
    }
    const answers = partitions.map(({ partition, messages }) => {
      const first = this.written.get(partition) ?? 0;
      this.written.set(partition, first + messages.length);
      return { partition, errorCode: 0, baseOffset: String(first), logAppendTime: '-1', logStartOffset: '0' };
    });
    return { topics: [{ topicName: TOPIC, partitions: answers }] };
  }

  readonly targetTopics = new Set([TOPIC]);
  refreshMetadataIfNecessary = async (): Promise<void> => undefined;
  refreshMetadata = async (): Promise<void> => undefined;
  addMultipleTargetTopics = async (): Promise<void> => undefined;
  isConnected = (): boolean => true;
  findTopicPartitionMetadata = (): unknown[] => [...this.leaders].map(([partitionId, leader]) => ({ partitionId, leader }));
  findBroker = async ({ nodeId }: { nodeId: string }): Promise<unknown> => this.brokers[Number(nodeId) - 1];
  findLeaderForPartitions = (_topic: string, partitions: string[]): Record<number, number[]> => {
    const byLeader: Record<number, number[]> = {};
    for (const partition of partitions.map(Number)) {
      const leader = this.leaders.get(partition) as number;
      byLeader[leader] = [...(byLeader[leader] ?? []), partition];
    }
    return byLeader;
  };
}

const idle = {
  isTransactional: () => false,
  getSequence: () => 0,
  updateSequence: () => 0,
  getProducerId: () => -1,
  getProducerEpoch: () => -1,
};
const eosManager = { ...idle, acquireBrokerLock: async () => undefined, releaseBrokerLock: async () => undefined };
const logger = { debug: () => undefined, error: () => undefined };

/** kafkajs's producer as far as it matters here: its own sending, over brokers that are not there. */
function producerOver(cluster: MovingCluster): Pick<Producer, 'send'> {
  const retrier = createRetry({ initialRetryTime: 1, maxRetryTime: 5, retries: 5 });
  const sendMessages = createSendMessages({ logger, cluster, partitioner: DefaultPartitioner(), eosManager, retrier });
  return { send: ({ topic, messages, acks, timeout }) => sendMessages({ acks, timeout, topicMessages: [{ topic, messages }] }) };
}

test('when a leader moves in mid-send, kafkajs skips the partition and reports success: its records are ambiguous, the others acknowledged', async () => {
  const cluster = new MovingCluster();
  const results: string[] = [];
  const publisher = new Publisher(createKafkaProducer(producerOver(cluster) as Producer, TOPIC, 1_000), {
    partitionCount: 2,
    lingerMs: 1,
    deadlineMs: 5_000,
    maxWaiting: 100,
    clock: systemClock,
    onSend: () => results.push('sent'),
    onSettled: (result) => results.push(result),
    onError: () => results.push('error'),
  });
  const names = Array.from({ length: 20 }, (_, at) => `sku-${at}`);
  const outcomes = await Promise.allSettled(names.map((name) => publisher.publish(reserveOf(name))));
  await publisher.close();

  const [first, second] = [0, 1].map((partition) =>
    names.flatMap((name, at) => (partitionOf(name, 2) === partition ? [outcomes[at]] : [])),
  );
  expect(first?.map((outcome) => outcome?.status === 'fulfilled' && outcome.value.offset)).toEqual(first?.map((_, at) => at));
  expect(second?.map((outcome) => outcome?.status === 'rejected' && outcome.reason.failure)).toEqual(second?.map(() => 'ambiguous'));
  // The send itself was a success, and nothing was written to the partition that moved.
  expect([cluster.written.get(0), cluster.written.get(1), results.includes('sent'), results.includes('error')]).toEqual([
    first?.length,
    undefined,
    true,
    false,
  ]);
  expect(second?.length).toBeGreaterThan(0);
});

test('a partition with an error, or without an offset, is not among the answers', async () => {
  const answers = [
    { topicName: TOPIC, partition: 0, errorCode: 0, baseOffset: '41' },
    { topicName: TOPIC, partition: 1, errorCode: 7, baseOffset: '5' },
    { topicName: TOPIC, partition: 2, errorCode: 0, baseOffset: '-1' },
    { topicName: TOPIC, partition: 3, errorCode: 0 },
  ];
  const sent: unknown[] = [];
  const producer: Pick<Producer, 'send'> = {
    send: async (record) => {
      sent.push(record);
      return answers;
    },
  };
  const records = [{ partition: 0, key: 'a', value: '{}' }];
  expect(await createKafkaProducer(producer as Producer, TOPIC, 777).send(records)).toEqual(new Map([[0, 41]]));
  expect(sent).toEqual([{ topic: TOPIC, acks: -1, timeout: 777, messages: records }]);
});
