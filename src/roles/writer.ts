import { coalesce } from '../batching/coalesce.js';
import { createHintCache } from '../cache/hint-cache.js';
import { createConsumer, createKafka, createProducer } from '../connections/kafka.js';
import { hotPool, plainPool } from '../connections/postgres.js';
import { connected, createRedis } from '../connections/redis.js';
import type { SkuId } from '../domain/ids.js';
import { createKafkaConsumer, type KafkaConsumer } from '../log/kafka-consumer.js';
import { Positions } from '../log/positions.js';
import { LETTER_REASONS } from '../ports/dead-letters.js';
import { createWriterStore } from '../store/writer-store.js';
import { startAtZero } from '../telemetry/start-at-zero.js';
import { DatabaseClock } from '../writer/database-clock.js';
import { createGroupCommit } from '../writer/group-commit.js';
import { createGroupLoad } from '../writer/group-load.js';
import { HolderBudget } from '../writer/memory.js';
import { type Duties, startDuties } from './duties.js';
import { observeWriter } from './observe-writer.js';
import { createOwnership, type Ownership } from './ownership.js';
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
  const { topic, consumer: settings } = config.kafka;
  const clients = await connectClients(context);
  const { pools, redis, admin, producer } = clients;
  const observeStatement = (statement: string, seconds: number): void => metrics.statementDuration.observe({ statement }, seconds);
  const store = createWriterStore(pools, topic.name, observeStatement);
  const consumer = createKafkaConsumer(clients.openConsumer, admin, {
    topic: topic.name,
    partitionCount: topic.partitions,
    fetchPauseMs: settings.fetchPauseMs,
    clock,
    log,
  });
  const databaseClock = new DatabaseClock(clock);
  const timed = { ...store, now: async () => databaseClock.heard(await store.now()) };
  const positions = new Positions({ store: timed, ends: consumer.ends, commitToGroup: consumer.commit });
  const observer = observeWriter(metrics, clock, log);
  let duties: Duties | null = null;
  const ownership = createOwnership({
    consumer,
    store,
    load: createGroupLoad(store),
    submit: createGroupCommit(store),
    holderBudget: new HolderBudget(MAX_HOLDERS),
    databaseNow: () => databaseClock.now(),
    // It may take a second where a SKU has millions of rows: never on more than one of the few connections.
    readHoldings: coalesce({ maxItems: 1, maxInFlight: 1, run: (skuIds: readonly SkuId[]) => Promise.all(skuIds.map(store.holdings)) }),
    cache: createHintCache(redis, {
      prefix: config.redis.prefix,
      observe: (operation, seconds) => metrics.redisDuration.observe({ operation }, seconds),
    }),
    positions,
    clock,
    random,
    topic,
    chunkLingerMs: settings.chunkLingerMs,
    chunksInFlight: settings.chunksInFlight,
    onFailed: context.fail,
    observer: {
      ...observer,
      applied(applied, batches) {
        observer.applied(applied, batches);
        duties?.decided(batches);
      },
    },
    log,
  });

  const showing = showBacklog(context, ownership, positions);
  await consumer.start(ownership.events);
  duties = startDuties(context, {
    producer,
    pool: pools.plain,
    observeStatement,
    ownedPartitions: () => [...ownership.owned().keys()],
    decidingPartitions: () => [...ownership.owned()].flatMap(([partition, stoppedBy]) => (stoppedBy === null ? partition : [])),
    undecided: () => [...positions.lag().values()].reduce((sum, records) => sum + records, 0),
  });
  log.info('writer is ready', { topic: topic.name, group: settings.group });

  return {
    health: () => [...healthOf(ownership), ...healthOfGroup(consumer)],
    async stop() {
      // At once: until its partitions are given up it goes on deciding. Nobody is asked for more meanwhile.
      const closing = ownership.close();
      const stopping = duties?.stop();
      // The group keeps us until our positions are stored: whoever comes next reads them.
      await closing;
      await stopping;
      await Promise.all([consumer.stop(), producer.disconnect()]);
      clearInterval(showing);
      await admin.disconnect();
      redis.disconnect();
      await Promise.all(Object.values(pools).map((pool) => pool.end()));
    },
  };
}

/** The drivers' clients, connected but for the consumer's, which joins the group when all is wired. */
async function connectClients({ config, log }: RoleContext) {
  const { postgres, kafka: kafkaConfig } = config;
  const pools = {
    load: hotPool(postgres, { name: 'writer-load', connections: postgres.writerConnections }, log),
    commit: hotPool(postgres, { name: 'writer-commit', connections: 1 }, log),
    plain: plainPool(postgres, { name: 'writer', connections: postgres.plainConnections }, log),
  };
  const redis = createRedis(config.redis, log);
  await connected(redis);
  const kafka = createKafka(kafkaConfig, log);
  // What it cannot see at once it is to say: a look that goes on until the topic is there again would hide that it was away.
  const admin = kafka.admin({ retry: { initialRetryTime: 20, maxRetryTime: 20, retries: 2 } });
  const producer = createProducer(kafka);
  await Promise.all([admin.connect(), producer.connect()]);
  return { pools, redis, admin, producer, openConsumer: () => createConsumer(kafka, kafkaConfig.consumer) };
}

/** What waits and what was set aside, as metrics. @returns what is to be cleared at the end */
function showBacklog({ metrics }: RoleContext, ownership: Ownership, positions: Positions): NodeJS.Timeout {
  startAtZero(
    metrics.deadLetters,
    LETTER_REASONS.map((reason) => ({ reason })),
  );
  metrics.queueDepthFrom(ownership.waitingBySku);
  return setInterval(() => {
    metrics.consumerLag.reset();
    for (const [partition, records] of positions.lag()) metrics.consumerLag.set({ partition }, records);
  }, LAG_EVERY_MS);
}

function healthOf(ownership: Ownership): WriterHealth[] {
  return [...ownership.owned()].flatMap(([partition, reason]) =>
    // What is not used keeps nobody waiting.
    reason === null ? [] : { name: `partition-${partition}`, ok: reason === UNUSED, detail: reason },
  );
}

function healthOfGroup(consumer: KafkaConsumer): WriterHealth[] {
  return consumer.isLost() ? [{ name: 'consumer-group', ok: false, detail: 'NOT_A_MEMBER' }] : [];
}
