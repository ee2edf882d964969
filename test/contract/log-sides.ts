import { randomUUID } from 'node:crypto';
import { type KafkaConfig, loadConfig } from '../../src/config.js';
import { systemClock } from '../../src/connections/clock.js';
import { createConsumer, createKafka, createProducer } from '../../src/connections/kafka.js';
import { createKafkaConsumer } from '../../src/log/kafka-consumer.js';
import { createKafkaProducer } from '../../src/log/kafka-producer.js';
import { createTopic } from '../../src/log/topics.js';
import type { LogProducer } from '../../src/ports/log.js';
import { LogModel } from '../simulation/log-model.js';
import { NO_FATES, Process } from '../simulation/process.js';
import { World } from '../simulation/world.js';
import { eventually } from '../support/eventually.js';
import { recordingLog } from '../support/log.js';
import { driven, until } from './driven.js';
import { Member } from './member.js';

export const PARTITIONS = 3;

/** A topic and one consumer group, as the service sees them, whichever they are. */
export interface LogSide {
  readonly producer: LogProducer;
  /** Another process joins the group. @returns once it has its share */
  join(): Promise<Member>;
  until(condition: () => boolean): Promise<void>;
  /** Who is still in the group leaves it. */
  close(): Promise<void>;
}

export interface LogServer {
  /** A topic that is empty, and a group that nobody has joined. */
  topic(): Promise<LogSide>;
  close(): Promise<void>;
}

export const LOGS: readonly [name: string, open: () => Promise<LogServer>][] = [
  ['the model', openModel],
  ['Kafka', openKafka],
];

async function openModel(): Promise<LogServer> {
  const world = new World(1);
  const process = (): Process => new Process(world, 'one', 0, () => NO_FATES);
  return {
    async topic() {
      const model = new LogModel(world, PARTITIONS, () => ({ repeated: 0, skipped: 0, again: 0, reset: 0 }));
      return {
        producer: driven(world, model.producer(process())),
        async join() {
          const member = await Member.start(driven(world, model.consumer(process())));
          await until(world, () => member.owned !== null);
          return member;
        },
        until: (condition) => until(world, condition),
        close: async () => undefined,
      };
    },
    close: async () => undefined,
  };
}

async function openKafka(): Promise<LogServer> {
  const settings = (name: string): KafkaConfig =>
    loadConfig({
      FLASHSALE_KAFKA_BROKERS: process.env.FLASHSALE_KAFKA_BROKERS ?? '',
      FLASHSALE_TOPIC: name,
      FLASHSALE_CONSUMER_GROUP: name,
      FLASHSALE_PARTITIONS: String(PARTITIONS),
      FLASHSALE_REPLICATION_FACTOR: '1',
      // Nobody is to be put out of the group while the machine is busy: whoever comes back hears again what it has heard.
      FLASHSALE_SESSION_TIMEOUT_MS: '20000',
      FLASHSALE_REBALANCE_TIMEOUT_MS: '25000',
    }).kafka;
  const own = `flashsale-contract-${randomUUID()}`;
  const kafka = createKafka(settings(own), recordingLog());
  const [admin, producer] = [kafka.admin(), createProducer(kafka)];
  await Promise.all([admin.connect(), producer.connect()]);
  const [topics, groups]: [string[], string[]] = [[], []];

  async function topic(): Promise<LogSide> {
    const name = `${own}-${topics.length}`;
    const config = settings(name);
    await createTopic(admin, config.topic);
    topics.push(name);
    // Until a leader has heard that it is one, kafkajs repeats the whole of a send.
    await eventually(() => admin.fetchTopicOffsets(name));
    const members: Member[] = [];
    const consumed = {
      topic: name,
      partitionCount: PARTITIONS,
      fetchPauseMs: config.consumer.fetchPauseMs,
      clock: systemClock,
      log: recordingLog(),
    };
    return {
      producer: createKafkaProducer(producer, name, config.requestTimeoutMs),
      async join() {
        if (members.length === 0) groups.push(name);
        const member = await Member.start(createKafkaConsumer(() => createConsumer(kafka, config.consumer), admin, consumed));
        members.push(member);
        await eventually(() => member.owned !== null);
        return member;
      },
      async until(condition) {
        await eventually(condition);
      },
      async close() {
        await Promise.all(members.map(({ consumer }) => consumer.stop()));
      },
    };
  }

  return {
    topic,
    async close() {
      await producer.disconnect();
      await admin.deleteGroups(groups);
      await admin.deleteTopics({ topics });
      await admin.disconnect();
    },
  };
}
