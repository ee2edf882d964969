import { Kafka, logLevel, Partitioners, type Producer } from 'kafkajs';
import type { Place } from '../../loadtest/stand/place.js';
import { PARTITIONS } from '../../loadtest/stand/service.js';
import type { Command } from '../../src/domain/command.js';
import { partitionOf } from '../../src/domain/partition-hash.js';
import { encodeCommand } from '../../src/log/codec.js';

export interface RawMessage {
  readonly partition: number;
  readonly key: string | null;
  readonly value: string | null;
}

/** The topic of the commands for somebody who writes past the service: any bytes, in any partition. */
export class RawTopic {
  private constructor(
    private readonly topic: string,
    private readonly producer: Producer,
  ) {}

  static async open({ name, servers, topic }: Place): Promise<RawTopic> {
    const kafka = new Kafka({ brokers: [...servers.brokers], clientId: `${name}-raw`, logLevel: logLevel.NOTHING });
    const producer = kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner });
    await producer.connect();
    return new RawTopic(topic, producer);
  }

  /** In one request: what lies in one partition lies there side by side. */
  async append(messages: readonly RawMessage[]): Promise<void> {
    await this.producer.send({ topic: this.topic, acks: -1, messages: [...messages] });
  }

  async close(): Promise<void> {
    await this.producer.disconnect();
  }
}

/** The command as the API publishes it. */
export function rawMessage(command: Command): RawMessage {
  return { partition: partitionOf(command.skuId, PARTITIONS), key: command.skuId, value: encodeCommand(command) };
}
