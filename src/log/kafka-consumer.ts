import type { Admin, Consumer, EachBatchPayload, KafkaMessage } from 'kafkajs';
import type { Offset } from '../domain/ids.js';
import type { LogConsumer, LogConsumerEvents, LogRange, RawRecord } from '../ports/log.js';
import type { Clock } from '../ports/runtime.js';
import type { Log } from '../telemetry/log.js';

export interface ConsumedTopic {
  readonly topic: string;
  readonly partitionCount: number;
  /** How long the next fetch waits behind one that brought all there was. */
  readonly fetchPauseMs: number;
  readonly clock: Pick<Clock, 'sleep'>;
  readonly log: Pick<Log, 'warn'>;
}

/** How long kafkajs may take from the end of a consumer to the word of why it ended; it was seen to wait for ever for a closed connection. */
const REASON_WITHIN_MS = 1_000;
const CONNECT_WITHIN_MS = 15_000;
/** Then it is left behind: the process ends anyway. */
const STOP_WITHIN_MS = 5_000;
/** The pause before another client takes the place of one, twice as long after each that did not get into the group. */
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 2_000;

export interface KafkaConsumer extends LogConsumer {
  /** Whether a client was lost, and none is in the group in its place. */
  isLost(): boolean;
}

/**
 * The log's consuming side on kafkajs: deliveries as they come, nothing committed by itself, no record held back. The handler does not wait
 * for decisions, so kafkajs goes on fetching and sends its heartbeats between fetches, however long a commit takes.
 *
 * The broker answers a fetch as soon as it has a record, so that the first request of a quiet time waits for nothing; kafkajs asks again only
 * when the handler has returned, so that a pause there gathers the records of a busy time into fewer fetches, chunks and statements.
 *
 * A client that has crashed is left behind, and another one joins the group in its place, for as long as it takes. kafkajs's own restart is not
 * used: it leaves out some errors of a broker that is away, and never comes when the crashed client's connections do not close.
 *
 * @param open makes a client of kafkajs, not connected, that does not restart by itself
 */
export function createKafkaConsumer(open: () => Consumer, admin: Admin, consumed: ConsumedTopic): KafkaConsumer {
  const { topic, partitionCount, fetchPauseMs, clock, log } = consumed;
  let current: Consumer | null = null;
  let hasStopped = false;
  let lost: Error | null = null;
  let pauseMs = FIRST_PAUSE_MS;

  /** Connects another client and lets it join. @throws when the brokers cannot be asked */
  async function join(events: LogConsumerEvents): Promise<void> {
    const consumer = open();
    current = consumer;
    const isCurrent = (): boolean => current === consumer;
    const replace = (error: Error): void => {
      if (isCurrent() && !hasStopped) void comeBack(events, error);
    };
    consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
      if (!isCurrent()) return;
      lost = null;
      pauseMs = FIRST_PAUSE_MS;
      events.assigned(payload.memberAssignment[topic] ?? []);
    });
    const crashed = new Promise<void>((resolve) => {
      consumer.on(consumer.events.CRASH, ({ payload }) => {
        replace(payload.error);
        resolve();
      });
      consumer.on(consumer.events.STOP, async () => {
        if (hasStopped) return;
        await clock.sleep(REASON_WITHIN_MS);
        replace(new Error('it has stopped and does not say why'));
        resolve();
      });
    });
    const connecting = consumer.connect().then(() => consumer.subscribe({ topic, fromBeginning: true }));
    if (!(await isDoneWithin(CONNECT_WITHIN_MS, connecting)))
      throw new Error(`the brokers did not answer for ${CONNECT_WITHIN_MS / 1_000} s`);
    if (hasStopped) return leaveBehind();
    const joined = consumer.run({
      autoCommit: false,
      eachBatchAutoResolve: false,
      partitionsConsumedConcurrently: partitionCount,
      eachBatch: (payload) => (isCurrent() ? deliver(payload, events) : Promise.resolve()),
    });
    // The crash of a client that has not joined may keep this waiting too.
    await Promise.race([joined, crashed]);
    // It may have joined after it was told to go.
    if (hasStopped && isCurrent()) leaveBehind();
  }

  async function comeBack(events: LogConsumerEvents, why: Error): Promise<void> {
    lost = why;
    current = null;
    events.lost();
    for (;;) {
      log.warn('the consumer is lost, another one takes its place', { error: lost });
      await clock.sleep(pauseMs);
      pauseMs = Math.min(LONGEST_PAUSE_MS, pauseMs * 2);
      if (hasStopped) return;
      try {
        return await join(events);
      } catch (failure) {
        lost = failure as Error;
        leaveBehind();
      }
    }
  }

  /** Not waited for: its connections may never close. */
  function leaveBehind(): void {
    const left = current;
    current = null;
    left?.disconnect().catch(() => undefined);
  }

  /** Whether the work ended in time. @throws what it throws in time */
  async function isDoneWithin(limitMs: number, work: Promise<unknown>): Promise<boolean> {
    const end = new AbortController();
    try {
      return await Promise.race([work.then(() => true), clock.sleep(limitMs, end.signal).then(() => false)]);
    } finally {
      end.abort();
    }
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
    async start(events: LogConsumerEvents): Promise<void> {
      try {
        await join(events);
      } catch (error) {
        leaveBehind();
        throw error;
      }
    },
    seek: (partition, offset) => inGroup(() => current?.seek({ topic, partition, offset: String(offset) })),
    pause: (partition) => inGroup(() => current?.pause([{ topic, partitions: [partition] }])),
    resume: (partition) => inGroup(() => current?.resume([{ topic, partitions: [partition] }])),
    async commit(positions: ReadonlyMap<number, Offset>): Promise<void> {
      await current?.commitOffsets([...positions].map(([partition, offset]) => ({ topic, partition, offset: String(offset) })));
    },
    async ends(): Promise<ReadonlyMap<number, LogRange>> {
      const ranges = await admin.fetchTopicOffsets(topic);
      return new Map(ranges.map(({ partition, low, high }) => [partition, { start: Number(low) as Offset, end: Number(high) as Offset }]));
    },
    async stop(): Promise<void> {
      hasStopped = true;
      if (current !== null) await isDoneWithin(STOP_WITHIN_MS, current.disconnect());
    },
    isLost: () => lost !== null,
  };
}

/**
 * A client that has crashed has no group and throws at whatever is asked of it. Nothing is lost by not saying it then: with the
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
