import type { Producer } from 'kafkajs';
import { plainPool } from '../connections/postgres.js';
import { startOutbox } from '../dead-letters/outbox.js';
import { startRelay } from '../events/relay.js';
import { EVENT_TYPES } from '../events/schemas.js';
import { createKafkaProducer } from '../log/kafka-producer.js';
import { createLetterOutbox } from '../store/dead-letter-store.js';
import { createEventsStore } from '../store/events-store.js';
import type { ObserveStatement } from '../store/statement.js';
import { startAtZero } from '../telemetry/start-at-zero.js';
import { createTrouble } from '../telemetry/trouble.js';
import type { RoleContext, RunningRole } from './role.js';

/** Of their own: a backlog of ten partitions would keep the writer's positions waiting. */
const CONNECTIONS = 2;
/** Undecided commands above which events wait. */
const BUSY_ABOVE = 2_000;
/** Longest that a stop waits for sends under way; what is lost with them is published again by the next owner. */
const STOP_WITHIN_MS = 2_000;

export interface OutboxEdges {
  readonly producer: Producer;
  readonly observeStatement: ObserveStatement;
  /** Those that this process owns and decides now: one that stands still may be of another cluster, and there its events do not belong. */
  readonly partitions: () => readonly number[];
  /** Commands that wait to be decided in these partitions. */
  readonly undecided: () => number;
}

/** Wires what tells other services: the relay of events and the outbox of dead letters. */
export function startOutboxes({ config, clock, log, metrics }: RoleContext, edges: OutboxEdges): RunningRole {
  const { topic, eventsTopic, deadLetterTopic, eventsSource, publish } = config.kafka;
  const { producer, observeStatement, partitions, undecided } = edges;
  const pool = plainPool(config.postgres, { name: 'outboxes', connections: CONNECTIONS }, log);
  startAtZero(
    metrics.eventsPublished,
    EVENT_TYPES.map((type) => ({ type })),
  );
  const relay = startRelay({
    store: createEventsStore(pool, observeStatement),
    producer: createKafkaProducer(producer, eventsTopic.name, publish.deadlineMs),
    partitionCount: eventsTopic.partitions,
    source: eventsSource,
    partitions,
    isBusy: () => undecided() > BUSY_ABOVE,
    clock,
    onPublished: (type) => metrics.eventsPublished.inc({ type }),
    onLag: (seconds) => metrics.relayLag.set(seconds),
    trouble: createTrouble(log, 'decisions cannot be published as events'),
  });
  const outbox = startOutbox({
    store: createLetterOutbox(pool, observeStatement),
    producer: createKafkaProducer(producer, deadLetterTopic.name, publish.deadlineMs),
    topic: topic.name,
    partitions,
    clock,
    trouble: createTrouble(log, 'dead letters cannot be published'),
  });
  return {
    async stop() {
      const late = new AbortController();
      await Promise.race([Promise.all([relay.stop(), outbox.stop()]), clock.sleep(STOP_WITHIN_MS, late.signal)]);
      late.abort();
      await pool.end();
    },
  };
}
