import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import { OUTCOMES } from '../domain/decision.js';
import { ADJUST_REFUSALS, CONFIGURE_REFUSALS, HOLD_REFUSALS, RESERVE_REFUSALS } from '../domain/refusal.js';
import { loadMetrics } from './load-metrics.js';
import { startAtZero } from './start-at-zero.js';
import { topCounts } from './top-counts.js';

/** Close together where the targets lie (10 ms a batch, 20 ms to a decision), so that 5, 10, 15 and 20 ms can be told apart. */
const SECONDS = [
  0.001, 0.002, 0.003, 0.005, 0.0075, 0.01, 0.0125, 0.015, 0.0175, 0.02, 0.025, 0.03, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30,
];
/** Fewer: these come once for each of many labels. */
const SECONDS_BY_LABEL = [0.001, 0.0025, 0.005, 0.01, 0.015, 0.02, 0.03, 0.05, 0.1, 0.12, 0.2, 0.3, 0.5, 1, 2.5, 5, 10];
const RECORDS = [1, 2, 5, 10, 25, 50, 100, 150, 200, 250];
const RATIO = [0, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 1];
const QUEUE_DEPTH_SKUS = 20;

export const BATCH_RESULTS = ['committed', 'lost', 'stale', 'failed'] as const;
export type BatchResult = (typeof BATCH_RESULTS)[number];
export const ADMISSION_RESULTS = ['hit', 'miss', 'refused', 'limited', 'queue', 'bypassed'] as const;
const STREAM_ENDS = ['final', 'left', 'slow', 'draining', 'revoked'] as const;
export const PUBLISH_RESULTS = ['acknowledged', 'ambiguous', 'expired', 'shed'] as const;

/** The reason label of a decision that has none: an empty label value is no label to Prometheus. */
export const NO_REASON = 'none';

export type QueueDepths = () => Iterable<readonly [skuId: string, undecided: number]>;
export type Metrics = ReturnType<typeof createMetrics>;

export const createRegistry = (): Registry => new Registry();

/** All metrics of the service, each described with its unit. Labels are bounded: a SKU or a user is never one, but for the longest queues. */
export function createMetrics(registry: Registry) {
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  return { ...writerMetrics(registers), ...apiMetrics(registers), ...loadMetrics(registers), ...connectionMetrics(registers) };
}

function writerMetrics(registers: Registry[]) {
  const batchProcessed = new Counter({
    name: 'flashsale_batch_processed_total',
    help: 'SKU batches by result: committed, lost (another writer was first; decided again), stale (a late repeat; decided again), failed',
    labelNames: ['result'],
    registers,
  });
  const decisions = new Counter({
    name: 'flashsale_decisions_total',
    help: 'Commands decided and committed, by outcome and reason of refusal',
    labelNames: ['outcome', 'reason'],
    registers,
  });
  let queueDepths: QueueDepths = () => [];
  new Gauge({
    name: 'flashsale_queue_depth',
    help: `Commands read from the log and not yet committed, of the ${QUEUE_DEPTH_SKUS} SKUs with the most; the rest together as "other"`,
    labelNames: ['sku'],
    registers,
    // At the scrape only: keeping a gauge a SKU up to date would cost on every command.
    collect() {
      this.reset();
      for (const [sku, depth] of topCounts(queueDepths(), QUEUE_DEPTH_SKUS)) this.set({ sku }, depth);
    },
  });
  startAtZero(
    batchProcessed,
    BATCH_RESULTS.map((result) => ({ result })),
  );
  startAtZero(
    decisions,
    OUTCOMES.filter((outcome) => outcome !== 'REFUSED').map((outcome) => ({ outcome, reason: NO_REASON })),
  );
  startAtZero(
    decisions,
    [...new Set([...RESERVE_REFUSALS, ...HOLD_REFUSALS, ...ADJUST_REFUSALS, ...CONFIGURE_REFUSALS])].map((reason) => ({
      outcome: 'REFUSED',
      reason,
    })),
  );
  return {
    batchProcessed,
    decisions,
    /** Asked at every scrape from now on. */
    queueDepthFrom(source: QueueDepths): void {
      queueDepths = source;
    },
    batchSize: new Histogram({ name: 'flashsale_batch_size', help: 'Commands in one SKU batch', buckets: RECORDS, registers }),
    chunkSize: new Histogram({ name: 'flashsale_chunk_size', help: 'Records in one chunk of a partition', buckets: RECORDS, registers }),
    batchLatency: new Histogram({
      name: 'flashsale_batch_latency_seconds',
      help: 'Seconds from a complete chunk to the commit of a SKU batch in it',
      buckets: SECONDS,
      registers,
    }),
    batchAllocationRatio: new Histogram({
      name: 'flashsale_batch_allocation_ratio',
      help: 'Units reserved / units asked for in one SKU batch (0 to 1)',
      buckets: RATIO,
      registers,
    }),
    decisionLatency: new Histogram({
      name: 'flashsale_decision_latency_seconds',
      help: 'Seconds from the append to the log (by the broker) to the committed decision',
      buckets: SECONDS,
      registers,
    }),
    consumerLag: new Gauge({
      name: 'flashsale_kafka_consumer_lag',
      help: 'Records in a partition that are not yet decided, by its owner',
      labelNames: ['partition'],
      registers,
    }),
    partitionStopped: new Gauge({
      name: 'flashsale_partition_stopped',
      help: '1 where this process stopped deciding a partition that it owns, until a person looked at it; else 0',
      labelNames: ['partition'],
      registers,
    }),
    expiryLag: new Gauge({
      name: 'flashsale_expiry_lag_seconds',
      help: 'Seconds for which the oldest hold in the partitions of this process has been over and not ended; 0 where there is none',
      registers,
    }),
    relayLag: new Gauge({
      name: 'flashsale_relay_lag_seconds',
      help: 'Seconds for which the oldest decision in the partitions of this process has waited for its event; 0 where none waits',
      registers,
    }),
    eventsPublished: new Counter({
      name: 'flashsale_events_published_total',
      help: 'Events acknowledged by the brokers, by type; repeats count too',
      labelNames: ['type'],
      registers,
    }),
    deadLetters: new Counter({
      name: 'flashsale_dead_letters_total',
      help: 'Records kept as dead letters, by reason',
      labelNames: ['reason'],
      registers,
    }),
    oversellUnits: new Gauge({
      name: 'flashsale_inventory_oversell_units',
      help: 'Units reserved or sold beyond the stock, over all SKUs that this process sees; must be 0',
      registers,
    }),
  };
}

function apiMetrics(registers: Registry[]) {
  const admission = new Counter({
    name: 'flashsale_admission_cache_total',
    help: 'Requests by what Redis said of them: hit (known repeat), miss (admitted), refused, limited (the buyer asks too often), queue (it is too long), bypassed (no answer from Redis)',
    labelNames: ['result'],
    registers,
  });
  const published = new Counter({
    name: 'flashsale_kafka_publish_total',
    help: 'Commands by what became of their publishing: acknowledged, ambiguous (perhaps in the log), expired (never sent), shed (too many wait)',
    labelNames: ['result'],
    registers,
  });
  const streamsEnded = new Counter({
    name: 'flashsale_event_streams_ended_total',
    help: 'Streams of events by how they ended: final (nothing more to tell), left (by the client), slow (client did not read), draining',
    labelNames: ['why'],
    registers,
  });
  startAtZero(
    streamsEnded,
    STREAM_ENDS.map((why) => ({ why })),
  );
  startAtZero(
    admission,
    ADMISSION_RESULTS.map((result) => ({ result })),
  );
  startAtZero(
    published,
    PUBLISH_RESULTS.map((result) => ({ result })),
  );
  return {
    admission,
    published,
    httpDuration: new Histogram({
      name: 'flashsale_http_request_duration_seconds',
      help: 'Seconds from a request to its answer, by method, route pattern and status code',
      labelNames: ['method', 'route', 'status'],
      buckets: SECONDS_BY_LABEL,
      registers,
    }),
    saleHalted: new Gauge({
      name: 'flashsale_sale_halted',
      help: '1 while this process takes no new reservation because the sale is halted; else 0',
      registers,
    }),
    streams: new Gauge({ name: 'flashsale_event_streams', help: 'Open streams of events to clients', registers }),
    streamsEnded,
    publishDuration: new Histogram({
      name: 'flashsale_kafka_publish_duration_seconds',
      help: 'Seconds from a produce request to its acknowledgement by all in-sync replicas',
      buckets: SECONDS,
      registers,
    }),
    publishBatchSize: new Histogram({
      name: 'flashsale_kafka_publish_batch_size',
      help: 'Commands in one produce request',
      buckets: RECORDS,
      registers,
    }),
  };
}

function connectionMetrics(registers: Registry[]) {
  return {
    redisDuration: new Histogram({
      name: 'flashsale_redis_command_duration_seconds',
      help: 'Seconds that Redis took, by operation (one script or pipeline is one operation)',
      labelNames: ['operation'],
      buckets: SECONDS_BY_LABEL,
      registers,
    }),
    statementDuration: new Histogram({
      name: 'flashsale_postgres_statement_duration_seconds',
      help: 'Seconds that PostgreSQL took, by statement (the name of its .sql file)',
      labelNames: ['statement'],
      buckets: SECONDS_BY_LABEL,
      registers,
    }),
    breakerOpen: new Gauge({
      name: 'flashsale_breaker_open',
      help: '1 while a circuit breaker is open and its server is not asked; else 0',
      labelNames: ['breaker'],
      registers,
    }),
  };
}
