import { randomUUID } from 'node:crypto';
import { type Admin, type Kafka, Partitioners, type Producer } from 'kafkajs';
import type { TopicConfig } from '../../src/config.js';
import type { Command } from '../../src/domain/command.js';
import { partitionOf } from '../../src/domain/partition-hash.js';
import { encodeCommand } from '../../src/log/codec.js';
import { createTopic } from '../../src/log/topics.js';
import { eventually } from './eventually.js';

export interface RawMessage {
  readonly partition: number;
  readonly key: string | null;
  readonly value: string | null;
}

export interface LoggedMessage extends RawMessage {
  readonly offset: number;
  /** Only where there are any. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** A topic for one test file, written and read past the service: any bytes, in any partition. */
export class TopicLog {
  private constructor(
    private readonly kafka: Kafka,
    private readonly topic: TopicConfig,
    private readonly admin: Admin,
    private readonly producer: Producer,
  ) {}

  static async create(kafka: Kafka, topic: TopicConfig): Promise<TopicLog> {
    const log = new TopicLog(kafka, topic, kafka.admin(), kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner }));
    await Promise.all([log.admin.connect(), log.producer.connect()]);
    await createTopic(log.admin, topic);
    return log;
  }

  /** In one request: what lies in one partition lies there side by side, and reaches the writer in one piece. */
  async append(messages: readonly RawMessage[]): Promise<void> {
    await this.producer.send({ topic: this.topic.name, acks: -1, messages: [...messages] });
  }

  async appendCommands(commands: readonly Command[]): Promise<void> {
    await this.append(commands.map((command) => this.message(command)));
  }

  /** The command as the API publishes it. */
  message(command: Command): RawMessage {
    return { partition: partitionOf(command.skuId, this.topic.partitions), key: command.skuId, value: encodeCommand(command) };
  }

  /** The offset that the next record will get, by partition. */
  async ends(): Promise<ReadonlyMap<number, number>> {
    const offsets = await this.admin.fetchTopicOffsets(this.topic.name);
    return new Map(offsets.map(({ partition, high }) => [partition, Number(high)]));
  }

  /** As somebody does who wants more room. Nobody can take them away again. */
  async addPartitions(count: number): Promise<void> {
    await this.admin.createPartitions({ topicPartitions: [{ topic: this.topic.name, count }] });
    await eventually(async () => (await this.ends()).size === count);
  }

  /** Consumers that the broker takes for alive. */
  async members(group: string): Promise<number> {
    const { groups } = await this.admin.describeGroups([group]);
    return groups[0]?.members.length ?? 0;
  }

  /** Everything that is in the topic now, each partition in its order. */
  async read(): Promise<readonly LoggedMessage[]> {
    const total = [...(await this.ends()).values()].reduce((sum, end) => sum + end, 0);
    const found: LoggedMessage[] = [];
    const groupId = `${this.topic.name}-read-${randomUUID()}`;
    const consumer = this.kafka.consumer({ groupId, maxWaitTimeInMs: 50 });
    await consumer.connect();
    await consumer.subscribe({ topic: this.topic.name, fromBeginning: true });
    await consumer.run({
      autoCommit: false,
      eachMessage: async ({ partition, message: { offset, key, value, headers = {} } }) => {
        const text = Object.fromEntries(Object.entries(headers).map(([name, header]) => [name, String(header)]));
        const record = { partition, offset: Number(offset), key: key?.toString() ?? null, value: value?.toString() ?? null };
        found.push({ ...record, ...(Object.keys(text).length > 0 && { headers: text }) });
      },
    });
    await eventually(() => found.length >= total);
    await consumer.disconnect();
    await this.admin.deleteGroups([groupId]);
    return found;
  }

  /** With the groups that read it; nobody may be in them any more. */
  async drop(groups: string[]): Promise<void> {
    await this.producer.disconnect();
    if (groups.length > 0) await this.admin.deleteGroups(groups);
    await this.admin.deleteTopics({ topics: [this.topic.name] });
    await this.admin.disconnect();
  }
}
