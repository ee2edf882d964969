import type { Admin, Consumer, EachBatchPayload, KafkaMessage } from 'kafkajs';
import type { Offset } from '../domain/ids.js';
import type { LogConsumer, LogConsumerEvents, LogRange, RawRecord } from '../ports/log.js';
import type { Clock } from '../ports/runtime.js';

export interface ConsumedTopic {
  readonly topic: string;
  readonly partitionCount: number;
  /** How long the next fetch waits behind one that brought all there was. */
  readonly fetchPauseMs: number;
  readonly clock: Pick<Clock, 'sleep'>;
}

/**
 * The log's consuming side on kafkajs: deliveries as they come, nothing committed by itself, no record held back. The handler does not wait
 * for decisions, so kafkajs goes on fetching and sends its heartbeats between fetches, however long a commit takes.
 *
 * The broker answers a fetch as soon as it has a record, so that the first request of a quiet time waits for nothing; kafkajs asks again only
 * when the handler has returned, so that a pause there gathers the records of a busy time into fewer fetches, chunks and statements.
 */
export function createKafkaConsumer(consumer: Consumer, admin: Admin, consumed: ConsumedTopic): LogConsumer {
  const { topic, partitionCount, fetchPauseMs, clock } = consumed;

  async function start(events: LogConsumerEvents): Promise<void> {
    consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => events.assigned(payload.memberAssignment[topic] ?? []));
    consumer.on(consumer.events.CRASH, ({ payload }) => {
      // With `restart` kafkajs comes back by itself; without it the consumer just stays silent for ever.
      if (!payload.restart) events.crashed(payload.error);
    });
    await consumer.connect();
    await consumer.subscribe({ topic, fromBeginning: true });
    await consumer.run({
      autoCommit: false,
      eachBatchAutoResolve: false,
      partitionsConsumedConcurrently: partitionCount,
      eachBatch: (payload) => deliver(payload, events),
    });
  }

  async function deliver({ batch, resolveOffset, heartbeat, isStale }: EachBatchPayload, events: LogConsumerEvents): Promise<void> {
    if (isStale()) return;
    events.records(batch.partition, batch.messages.map(readMessage));
    resolveOffset(batch.lastOffset());
    await heartbeat();
    const more = batch.offsetLag() !== '0';
    if (!more && fetchPauseMs > 0) await clock.sleep(fetchPauseMs);
  }

  return {
    start,
    seek: (partition, offset) => inGroup(() => consumer.seek({ topic, partition, offset: String(offset) })),
    pause: (partition) => inGroup(() => consumer.pause([{ topic, partitions: [partition] }])),
    resume: (partition) => inGroup(() => consumer.resume([{ topic, partitions: [partition] }])),
    async commit(positions: ReadonlyMap<number, Offset>): Promise<void> {
      await consumer.commitOffsets([...positions].map(([partition, offset]) => ({ topic, partition, offset: String(offset) })));
    },
    async ends(): Promise<ReadonlyMap<number, LogRange>> {
      const ranges = await admin.fetchTopicOffsets(topic);
      return new Map(ranges.map(({ partition, low, high }) => [partition, { start: Number(low) as Offset, end: Number(high) as Offset }]));
    },
    async stop(): Promise<void> {
      await consumer.disconnect();
    },
  };
}

/**
 * Between a crash and its restart kafkajs has no group and throws at whatever is asked of it. Nothing is lost by not saying it then: with the
 * next assignment every feed says again where it stands and whether it is paused.
 */
function inGroup(say: () => void): void {
  try {
    say();
  } catch (error) {
    if (!(error instanceof Error) || !/group was not initialized/i.test(error.message)) throw error;
  }
}

function readMessage({ offset, key, value, timestamp }: KafkaMessage): RawRecord {
  return { offset: Number(offset) as Offset, key: key ?? null, value: value ?? null, appendedAt: Number(timestamp) };
}
