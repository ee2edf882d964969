import { Kafka, logLevel } from 'kafkajs';
import { withAdmin } from '../../stand/kafka-admin.js';
import type { Place } from '../../stand/place.js';

/** One element a record, in no order. */
export interface AppendTimes {
  readonly partitions: readonly number[];
  readonly offsets: readonly string[];
  /** When the broker appended it, epoch ms by its clock. */
  readonly times: readonly number[];
}

/** Reads the whole log of commands for the times that the broker has written beside them. */
export async function appendTimes(place: Place): Promise<AppendTimes> {
  const ends = await withAdmin(place, (admin) => admin.fetchTopicOffsets(place.topic));
  const records = ends.reduce((sum, { low, high }) => sum + Number(high) - Number(low), 0);
  const kafka = new Kafka({ brokers: [...place.servers.brokers], clientId: place.name, logLevel: logLevel.NOTHING });
  const groupId = `${place.consumerGroup}-times`;
  const consumer = kafka.consumer({ groupId });
  const [partitions, offsets, times]: [number[], string[], number[]] = [[], [], []];
  try {
    await consumer.connect();
    await consumer.subscribe({ topic: place.topic, fromBeginning: true });
    await new Promise<void>((resolve, reject) => {
      consumer.on('consumer.crash', ({ payload }) => reject(payload.error));
      const read = async (
        partition: number,
        messages: readonly { readonly offset: string; readonly timestamp: string }[],
      ): Promise<void> => {
        for (const { offset, timestamp } of messages) {
          partitions.push(partition);
          offsets.push(offset);
          times.push(Number(timestamp));
        }
        if (offsets.length >= records) resolve();
      };
      consumer.run({ eachBatch: ({ batch }) => read(batch.partition, batch.messages) }).catch(reject);
    });
  } finally {
    await consumer.disconnect();
    await withAdmin(place, (admin) => admin.deleteGroups([groupId]));
  }
  return { partitions, offsets, times };
}
