import { watchOversell } from '../audit/oversell-watch.js';
import { coalesce } from '../batching/coalesce.js';
import { createHintCache } from '../cache/hint-cache.js';
import { createKafka, createProducer } from '../connections/kafka.js';
import { hotPool, plainPool } from '../connections/postgres.js';
import { connected, createRedis } from '../connections/redis.js';
import type { SkuId } from '../domain/ids.js';
import { type Sweep, startSweep } from '../expiry/sweep.js';
import { UNDECODABLE } from '../log/codec.js';
import { createKafkaConsumer } from '../log/kafka-consumer.js';
import { createKafkaProducer } from '../log/kafka-producer.js';
import { Positions } from '../log/positions.js';
import { Publisher } from '../log/publisher.js';
import { createExpiryStore } from '../store/expiry-store.js';
import { createWriterStore } from '../store/writer-store.js';
import { startAtZero } from '../telemetry/start-at-zero.js';
import { DatabaseClock } from '../writer/database-clock.js';
import { createGroupCommit } from '../writer/group-commit.js';
import { createGroupLoad } from '../writer/group-load.js';
import { HolderBudget } from '../writer/memory.js';
import { UNAPPLICABLE } from '../writer/poison.js';
import { observeWriter } from './observe-writer.js';
import { startOutboxes } from './outboxes.js';
import { createOwnership } from './ownership.js';
import { UNUSED } from './partition-owner.js';
import type { RoleContext, RunningRole } from './role.js';

/** One of this writer's partitions, for /readyz. */
export interface WriterHealth {
  readonly name: string;
  readonly ok: boolean;
  readonly detail?: string;
}

export interface RunningWriter extends RunningRole {
  /** What stands still here until a person looks at it. */
  health(): readonly WriterHealth[];
}

const LAG_EVERY_MS = 500;
/** Buyers whose holdings are remembered, of all partitions: about 100 MB. */
const MAX_HOLDERS = 1_000_000;

/** Wires the writer: log -> owner of a partition -> chunk -> commit -> announcement. */
export async function startWriter(context: RoleContext): Promise<RunningWriter> {
  const { config, clock, random, log, metrics } = context;
  const { kafka: kafkaConfig, postgres } = config;
  const pools = {
    load: hotPool(postgres, { name: 'writer-load', connections: postgres.writerConnections }, log),
    commit: hotPool(postgres, { name: 'writer-commit', connections: 1 }, log),
    plain: plainPool(postgres, { name: 'writer', connections: postgres.plainConnections }, log),
  };
  const databaseClock = new DatabaseClock(clock);
  const observeStatement = (statement: string, seconds: number): void => metrics.statementDuration.observe({ statement }, seconds);
  const store = createWriterStore(pools, kafkaConfig.topic.name, observeStatement);
  const redis = createRedis(config.redis, log);
  await connected(redis);
  const cache = createHintCache(redis, {
    prefix: config.redis.prefix,
    observe: (operation, seconds) => metrics.redisDuration.observe({ operation }, seconds),
  });

  const kafka = createKafka(kafkaConfig, log);
  const admin = kafka.admin();
  const producer = createProducer(kafka);
  await Promise.all([admin.connect(), producer.connect()]);
  const { consumer: settings } = kafkaConfig;
  const client = kafka.consumer({
    groupId: settings.group,
    sessionTimeout: settings.sessionTimeoutMs,
    rebalanceTimeout: settings.rebalanceTimeoutMs,
    heartbeatInterval: settings.heartbeatMs,
    maxWaitTimeInMs: settings.fetchMaxWaitMs,
    minBytes: settings.fetchMinBytes,
    maxBytesPerPartition: 262_144,
    maxBytes: 8_388_608,
    allowAutoTopicCreation: false,
    readUncommitted: false,
    retry: { initialRetryTime: 100, maxRetryTime: 1_000, retries: 10, restartOnFailure: async () => true },
  });
  const consumer = createKafkaConsumer(client, admin, kafkaConfig.topic.name, kafkaConfig.topic.partitions);
  const timed = { ...store, now: async () => databaseClock.heard(await store.now()) };
  const positions = new Positions({ store: timed, ends: consumer.ends, commitToGroup: consumer.commit });
  const publisher = new Publisher(createKafkaProducer(producer, kafkaConfig.topic.name, kafkaConfig.publish.deadlineMs), {
    ...kafkaConfig.publish,
    partitionCount: kafkaConfig.topic.partitions,
    clock,
    onSend: () => undefined,
    onSettled: (result) => metrics.published.inc({ result }),
    onError: (error) => log.warn('a publish to the log failed; it is tried again', { error }),
  });
  const observer = observeWriter(metrics, clock, log);
  let sweep: Sweep | null = null;
  const ownership = createOwnership({
    consumer,
    store,
    load: createGroupLoad(store),
    submit: createGroupCommit(store),
    holderBudget: new HolderBudget(MAX_HOLDERS),
    databaseNow: () => databaseClock.now(),
    // It may take a second where a SKU has millions of rows: never on more than one of the few connections.
    readHoldings: coalesce({ maxItems: 1, maxInFlight: 1, run: (skuIds: readonly SkuId[]) => Promise.all(skuIds.map(store.holdings)) }),
    cache,
    positions,
    clock,
    random,
    topic: kafkaConfig.topic,
    chunkLingerMs: settings.chunkLingerMs,
    chunksInFlight: settings.chunksInFlight,
    onFailed: context.fail,
    observer: {
      ...observer,
      applied(applied, batches) {
        observer.applied(applied, batches);
        sweep?.decided(batches);
      },
    },
    log,
  });

  startAtZero(
    metrics.deadLetters,
    [...UNDECODABLE, UNAPPLICABLE].map((reason) => ({ reason })),
  );
  metrics.queueDepthFrom(ownership.waitingBySku);
  metrics.oversellUnits.set(0);
  const ending = new AbortController();
  const lag = setInterval(() => {
    metrics.consumerLag.reset();
    for (const [partition, records] of positions.lag()) metrics.consumerLag.set({ partition }, records);
  }, LAG_EVERY_MS);
  const watching = watchOversell(
    {
      pool: pools.plain,
      clock,
      partitions: () => [...ownership.owned().keys()],
      onCount: (units) => metrics.oversellUnits.set(units),
      onError: (error) => log.warn('oversold units could not be counted', { error }),
    },
    ending.signal,
  );
  const decided = (): number[] => [...ownership.owned()].flatMap(([partition, stoppedBy]) => (stoppedBy === null ? partition : []));
  await consumer.start({ ...ownership.events, crashed: context.fail });
  sweep = startSweep({
    store: createExpiryStore(pools.plain, observeStatement),
    partitionCount: kafkaConfig.topic.partitions,
    partitions: decided,
    publish: (command) => publisher.publish(command),
    clock,
    onLate: (ms) => metrics.expiryLag.set(ms / 1000),
    onError: (error) => log.debug('holds that are over are not ended yet', { error }),
  });
  const outboxes = startOutboxes(context, {
    observeStatement,
    partitions: decided,
    undecided: () => [...positions.lag().values()].reduce((sum, records) => sum + records, 0),
  });
  log.info('writer is ready', { topic: kafkaConfig.topic.name, group: settings.group });

  return {
    health: () =>
      [...ownership.owned()].flatMap(([partition, reason]) =>
        // What is not used keeps nobody waiting.
        reason === null ? [] : { name: `partition-${partition}`, ok: reason === UNUSED, detail: reason },
      ),
    async stop() {
      // At once: until its partitions are given up it goes on deciding. Nobody is asked for more meanwhile.
      const closing = ownership.close();
      const stopping = Promise.all([sweep?.stop(), outboxes.stop()]);
      // The group keeps us until our positions are stored: whoever comes next reads them.
      await closing;
      await stopping;
      await publisher.close();
      await Promise.all([consumer.stop(), producer.disconnect()]);
      ending.abort();
      clearInterval(lag);
      await watching;
      await admin.disconnect();
      redis.disconnect();
      await Promise.all(Object.values(pools).map((pool) => pool.end()));
    },
  };
}
