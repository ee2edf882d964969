import { setPriority } from 'node:os';
import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import type { Config } from '../config.js';
import { systemClock } from '../connections/clock.js';
import { createKafka, createProducer } from '../connections/kafka.js';
import { plainPool } from '../connections/postgres.js';
import { startOutbox } from '../dead-letters/outbox.js';
import { startRelay } from '../events/relay.js';
import type { EventType } from '../events/schemas.js';
import { createKafkaProducer } from '../log/kafka-producer.js';
import { createLetterOutbox } from '../store/dead-letter-store.js';
import { createEventsStore } from '../store/events-store.js';
import { createLog, createPino } from '../telemetry/log.js';
import { createTrouble } from '../telemetry/trouble.js';

/** What the writer tells the thread. */
export type ToOutboxes = OwnerState | { readonly stop: true };

export interface OwnerState {
  /** Those that the process owns and decides now. */
  readonly partitions: readonly number[];
  /** So many commands wait to be decided that events should wait too. */
  readonly isBusy: boolean;
}

/** What the thread has done since it last told. */
export interface FromOutboxes {
  readonly published: ReadonlyMap<EventType, number>;
  /** Seconds for which the oldest decision has waited; null where nobody has looked. */
  readonly lagSeconds: number | null;
  readonly statements: readonly (readonly [name: string, seconds: number])[];
}

/** Of their own: a backlog of ten partitions would keep the writer's positions waiting. */
const CONNECTIONS = 2;
const TELL_EVERY_MS = 100;
/** Decisions come first where both want a core. Linux knows threads here; elsewhere it would be the whole process. */
const NICE = 10;

if (parentPort !== null) await run(parentPort, workerData as Config);

/**
 * Wires what tells other services: the relay of events and the outbox of dead letters. On a thread of its own, since publishing a decision
 * costs as much as deciding it, and no decision should wait for it.
 */
async function run(writer: MessagePort, config: Config): Promise<void> {
  if (process.platform === 'linux') setPriority(NICE);
  const log = createLog(createPino(config.logLevel));
  const { topic, eventsTopic, deadLetterTopic, eventsSource, publish } = config.kafka;
  const producer = createProducer(createKafka(config.kafka, log));
  const pool = plainPool(config.postgres, { name: 'outboxes', connections: CONNECTIONS }, log);
  let owner: OwnerState = { partitions: [], isBusy: false };
  const partitions = (): readonly number[] => owner.partitions;

  let published = new Map<EventType, number>();
  let statements: [string, number][] = [];
  let lagSeconds: number | null = null;
  const observeStatement = (name: string, seconds: number): void => void statements.push([name, seconds]);
  const tell = (): void => {
    // Nothing is published without a statement.
    if (lagSeconds === null && statements.length === 0) return;
    writer.postMessage({ published, lagSeconds, statements } satisfies FromOutboxes);
    published = new Map();
    statements = [];
    lagSeconds = null;
  };

  await producer.connect();
  const relay = startRelay({
    store: createEventsStore(pool, observeStatement),
    producer: createKafkaProducer(producer, eventsTopic.name, publish.deadlineMs),
    partitionCount: eventsTopic.partitions,
    source: eventsSource,
    partitions,
    isBusy: () => owner.isBusy,
    clock: systemClock,
    onPublished: (type, count) => published.set(type, count + (published.get(type) ?? 0)),
    onLag: (seconds) => {
      lagSeconds = seconds;
    },
    trouble: createTrouble(log, 'decisions cannot be published as events'),
  });
  const outbox = startOutbox({
    store: createLetterOutbox(pool, observeStatement),
    producer: createKafkaProducer(producer, deadLetterTopic.name, publish.deadlineMs),
    topic: topic.name,
    partitions,
    clock: systemClock,
    trouble: createTrouble(log, 'dead letters cannot be published'),
  });
  const telling = setInterval(tell, TELL_EVERY_MS);
  writer.on('message', async (message: ToOutboxes) => {
    if ('partitions' in message) {
      owner = message;
      return;
    }
    await Promise.all([relay.stop(), outbox.stop()]);
    await Promise.all([producer.disconnect(), pool.end()]);
    clearInterval(telling);
    tell();
    writer.close();
  });
}
