import { type Consumer, Kafka, logLevel } from 'kafkajs';
import { withAdmin } from '../../loadtest/stand/kafka-admin.js';
import type { Place } from '../../loadtest/stand/place.js';
import { eventually } from '../support/eventually.js';
import type { Told } from './told.js';

/** Somebody else's service that reads the topic of the events from its beginning, and knows nothing of us. */
export class OutsideConsumer {
  /** In the order of their partitions. */
  readonly told: Told[] = [];
  private readonly next = new Map<number, number>();

  private constructor(
    private readonly place: Place,
    private readonly topic: string,
    private readonly group: string,
    private readonly consumer: Consumer,
  ) {}

  static async start(place: Place, topic: string): Promise<OutsideConsumer> {
    const kafka = new Kafka({ brokers: [...place.servers.brokers], clientId: 'outside', logLevel: logLevel.NOTHING });
    const group = `${topic}-outside`;
    const consumer = kafka.consumer({ groupId: group, maxWaitTimeInMs: 50 });
    const outside = new OutsideConsumer(place, topic, group, consumer);
    await consumer.connect();
    await consumer.subscribe({ topic, fromBeginning: true });
    await consumer.run({
      autoCommit: false,
      eachMessage: async ({ partition, message: { key, value, offset } }) => {
        // Delivered again after a rebalance is not published again.
        if (Number(offset) < (outside.next.get(partition) ?? 0)) return;
        outside.next.set(partition, Number(offset) + 1);
        outside.told.push({ key: String(key), value: String(value) });
      },
    });
    return outside;
  }

  /** Waits until everything that is in the topic now is read. */
  async caughtUp(): Promise<void> {
    const ends = await withAdmin(this.place, (admin) => admin.fetchTopicOffsets(this.topic));
    await eventually(() => ends.every(({ partition, high }) => (this.next.get(partition) ?? 0) >= Number(high)), { within: 60_000 });
  }

  async close(): Promise<void> {
    await this.consumer.disconnect();
    await withAdmin(this.place, (admin) => admin.deleteGroups([this.group]));
  }
}
