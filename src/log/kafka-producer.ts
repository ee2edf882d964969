import type { Producer } from 'kafkajs';
import type { Offset } from '../domain/ids.js';
import type { OutgoingLetter, RawProducer } from '../ports/dead-letters.js';
import type { LogProducer, OutgoingRecord } from '../ports/log.js';

/** The log's producing side on kafkajs. The partition is set by us, so that ids, checks and the broker agree on it. */
export function createKafkaProducer(producer: Producer, topic: string, timeoutMs: number): LogProducer & RawProducer {
  return {
    async send(records: readonly (OutgoingRecord | OutgoingLetter)[]): Promise<ReadonlyMap<number, Offset>> {
      const answers = await producer.send({ topic, acks: -1, timeout: timeoutMs, messages: [...records] });
      const firstOffsets = new Map<number, Offset>();
      for (const { partition, errorCode, baseOffset } of answers) {
        const offset = baseOffset === undefined ? Number.NaN : Number(baseOffset);
        if (errorCode === 0 && offset >= 0) firstOffsets.set(partition, offset as Offset);
      }
      return firstOffsets;
    },
  };
}
