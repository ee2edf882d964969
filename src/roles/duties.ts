import type { Producer } from 'kafkajs';
import type { Pool } from 'pg';
import { watchOversell } from '../audit/oversell-watch.js';
import type { SkuBatch } from '../domain/decision.js';
import { startSweep } from '../expiry/sweep.js';
import { createKafkaProducer } from '../log/kafka-producer.js';
import { Publisher } from '../log/publisher.js';
import { createExpiryStore } from '../store/expiry-store.js';
import type { ObserveStatement } from '../store/statement.js';
import { createTrouble } from '../telemetry/trouble.js';
import { startOutboxes } from './outboxes.js';
import type { RoleContext, RunningRole } from './role.js';

export interface DutyEdges {
  readonly producer: Producer;
  /** With the planner as it is. */
  readonly pool: Pool;
  readonly observeStatement: ObserveStatement;
  readonly ownedPartitions: () => number[];
  /** Those that are not stopped. */
  readonly decidingPartitions: () => number[];
  /** Commands that wait to be decided in these partitions. */
  readonly undecided: () => number;
}

/** What a writer does for its partitions beside deciding. */
export interface Duties extends RunningRole {
  decided(batches: readonly SkuBatch[]): void;
}

/** Starts to end the holds that are over, to tell other services what was decided, and to count what is oversold. */
export function startDuties(context: RoleContext, edges: DutyEdges): Duties {
  const { config, clock, log, metrics } = context;
  const { producer, pool, observeStatement, ownedPartitions, decidingPartitions, undecided } = edges;
  const { topic, publish } = config.kafka;
  const publisher = new Publisher(createKafkaProducer(producer, topic.name, publish.deadlineMs), {
    ...publish,
    partitionCount: topic.partitions,
    clock,
    onSend: () => undefined,
    onSettled: (result) => metrics.published.inc({ result }),
    onError: (error) => log.warn('a publish to the log failed; it is tried again', { error }),
  });
  const sweep = startSweep({
    store: createExpiryStore(pool, observeStatement),
    partitionCount: topic.partitions,
    partitions: decidingPartitions,
    publish: (command) => publisher.publish(command),
    clock,
    onLate: (ms) => metrics.expiryLag.set(ms / 1000),
    trouble: createTrouble(log, 'holds that are over are not ended'),
  });
  const outboxes = startOutboxes(context, { observeStatement, partitions: decidingPartitions, undecided });
  const ending = new AbortController();
  metrics.oversellUnits.set(0);
  const watching = watchOversell(
    {
      pool,
      clock,
      partitions: ownedPartitions,
      onCount: (units) => metrics.oversellUnits.set(units),
      onError: (error) => log.warn('oversold units could not be counted', { error }),
    },
    ending.signal,
  );

  return {
    decided: (batches) => sweep.decided(batches),
    async stop() {
      ending.abort();
      await Promise.all([sweep.stop(), outboxes.stop(), watching]);
      // What the sweep has asked for.
      await publisher.close();
    },
  };
}
