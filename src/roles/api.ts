import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createAccept } from '../admission/accept.js';
import { createAdmission } from '../admission/admit.js';
import { guard } from '../admission/breaker.js';
import { startQueueWatch } from '../admission/queue-watch.js';
import { createSpend } from '../admission/spend.js';
import { acceptUnlessHalted } from '../admission/while-halted.js';
import { onDecided } from '../cache/decided-channel.js';
import { createHintCache } from '../cache/hint-cache.js';
import { readProgress } from '../cache/progress.js';
import { createAdjustSku } from '../catalogue/adjust-sku.js';
import { cachedApiKeys } from '../catalogue/api-key-cache.js';
import { findApiKey } from '../catalogue/api-keys.js';
import { createAvailability } from '../catalogue/availability.js';
import { createConfigureSku } from '../catalogue/configure-sku.js';
import { createKnownSkus } from '../catalogue/known-skus.js';
import { createKafka, createProducer } from '../connections/kafka.js';
import { socketsWithin } from '../connections/open-files.js';
import { portTaken } from '../connections/port-taken.js';
import { hotPool } from '../connections/postgres.js';
import { connected, createRedis, createSubscriber } from '../connections/redis.js';
import { createChangeHold } from '../decisions/change-hold.js';
import { createSubmit } from '../decisions/submit.js';
import { createDecisionWatch } from '../decisions/watch.js';
import { createReadDecisions } from '../events/read-decisions.js';
import { createApp } from '../http/app.js';
import { createEventStreams } from '../http/event-streams.js';
import { createPlaces } from '../http/places.js';
import { createHttpServer, SERVER_LIMITS } from '../http/server.js';
import type { DependencyHealth, ShedReason } from '../http/services.js';
import { createKafkaProducer } from '../log/kafka-producer.js';
import { Publisher } from '../log/publisher.js';
import type { Clock } from '../ports/runtime.js';
import { createFeed } from '../status/feed.js';
import { createStatusReader } from '../status/read.js';
import { createWatch } from '../status/watch.js';
import { createQueuePositions } from '../store/queue-positions.js';
import { createReaderStore } from '../store/reader-store.js';
import type { ObserveStatement } from '../store/statement.js';
import { startBuyerTokens } from './buyer-tokens.js';
import { clockHealth } from './clock-health.js';
import { countAdmission } from './count-admission.js';
import { startOperations } from './operations.js';
import type { RoleContext, RunningRole } from './role.js';

const BREAKER_RESET_MS = 1_000;
/** However often /readyz is asked, the brokers are asked this often at most. */
const HEALTH_FRESH_MS = 1_000;

/** Wires the API: HTTP -> admission -> log, and the reads of those who wait for a decision. `health` adds what other roles here report. */
export async function startApi(context: RoleContext, health: () => readonly DependencyHealth[]): Promise<RunningRole> {
  const { config, clock, log, metrics } = context;
  // Hot: a read of the ledger planned while that was empty would scan it, a hundred times a second while anybody waits.
  const pool = hotPool(config.postgres, { name: 'api', connections: config.postgres.apiConnections }, log);
  const observeStatement: ObserveStatement = (statement, seconds) => metrics.statementDuration.observe({ statement }, seconds);
  const store = createReaderStore(pool, observeStatement);

  const redis = createRedis(config.redis, log);
  const subscriber = createSubscriber(config.redis, log);
  await Promise.all([connected(redis), connected(subscriber)]);
  const cache = createHintCache(redis, {
    prefix: config.redis.prefix,
    buyerRate: config.http.buyerRate,
    observe: (operation, seconds) => metrics.redisDuration.observe({ operation }, seconds),
  });
  const breakers = { redis: false };
  const breakerOpen = (open: boolean): void => {
    breakers.redis = open;
    metrics.breakerOpen.set({ breaker: 'redis' }, open ? 1 : 0);
  };
  breakerOpen(false);
  const guarded = guard({ name: 'redis', timeoutMs: config.redis.timeoutMs, resetMs: BREAKER_RESET_MS, onState: breakerOpen });

  const kafka = createKafka(config.kafka, log);
  const producer = createProducer(kafka);
  const admin = kafka.admin();
  await Promise.all([producer.connect(), admin.connect()]);
  const { topic, publish: publishing } = config.kafka;
  const logProducer = createKafkaProducer(producer, topic.name, publishing.deadlineMs);
  const publisher = new Publisher(logProducer, {
    ...publishing,
    partitionCount: topic.partitions,
    clock,
    onSend: (records, seconds) => {
      metrics.publishBatchSize.observe(records);
      metrics.publishDuration.observe(seconds);
    },
    onSettled: (result) => metrics.published.inc({ result }),
    onError: (error) => log.warn('a publish to the log failed; its requests are answered 503', { error }),
  });

  const reader = createStatusReader({ cache, store, guarded, clock, partitionCount: topic.partitions });
  const watch = createWatch(reader, clock);
  const feed = createFeed({ reader, clock, isHeard: () => subscriber.status === 'ready' });
  await onDecided(subscriber, config.redis.prefix, (ids) => {
    watch.decided(ids);
    feed.decided(ids);
  });

  const submit = createSubmit({ publish: (command) => publisher.publish(command), watch: createDecisionWatch(store, clock) });

  const {
    operations,
    isHalted,
    stop: stopOperations,
  } = await startOperations(context, {
    ...{ admin, observeStatement, producer: logProducer, breakers: () => breakers },
    readProgress: (partitions) => guarded(() => readProgress(redis, config.redis.prefix, partitions)),
  });
  const tokens = await startBuyerTokens(context);
  const brokersAnswer = atMostEvery(HEALTH_FRESH_MS, clock, () => admin.describeCluster());
  const streams = createEventStreams({
    max: config.http.maxStreams,
    maxPerBuyer: config.http.maxStreamsPerBuyer,
    clock,
    random: context.random,
    onOpen: (open) => metrics.streams.set(open),
    onEnd: (why, open) => {
      metrics.streams.set(open);
      metrics.streamsEnded.inc({ why });
    },
  });
  const queue = startQueueWatch({ nextOffsets: createQueuePositions(pool, observeStatement), clock });
  const onShed = (reason: ShedReason): void => metrics.shed.inc({ reason });
  const inFlight = createPlaces(config.http.maxInFlight, () => onShed('in_flight'));
  const waits = createPlaces(config.http.maxWaits, () => onShed('waits'));
  const accept = createAccept({
    clock,
    decideByMs: config.http.decideByMs,
    ...{ queue, maxQueueMs: config.http.maxQueueMs, partitionCount: topic.partitions },
    isKnownSku: createKnownSkus(store, clock),
    admit: createAdmission({ cache, guarded, onResult: countAdmission(metrics) }),
    publish: (command) => publisher.publish(command),
    cache,
    guarded,
    latest: reader.latest,
  });
  let draining = false;
  const deps = {
    ...{ inFlight, waits, onShed, buyerRate: config.http.buyerRate },
    random: context.random,
    log: context.requestLog,
    problemBase: config.http.problemBase,
    observeRequest: (method: string, route: string, status: number, seconds: number) =>
      metrics.httpDuration.observe({ method, route, status }, seconds),
    accept: acceptUnlessHalted({ accept, isHalted, cache, guarded, latest: reader.latest }),
    readReservation: reader.find,
    waitForDecision: watch.wait,
    listReservations: store.listReservations,
    followReservation: feed.follow,
    streams,
    readDecisions: createReadDecisions(store),
    availability: createAvailability({ cache, store, guarded, clock }),
    isHalted,
    spend: createSpend({ cache, guarded, onRefused: () => metrics.shed.inc({ reason: 'rate' }) }),
    readSku: store.sku,
    configureSku: createConfigureSku({ submit, store, clock, random: context.random }),
    adjustSku: createAdjustSku({ submit, store, clock }),
    operations,
    changeHold: createChangeHold({ submit, decided: reader.decided, clock, random: context.random }),
    findApiKey: cachedApiKeys({ find: (hash) => findApiKey(pool, hash), clock }),
    verifyToken: tokens.verify,
    readiness: async () => {
      const databaseNow = store.now();
      const asked = [healthOf('postgres', databaseNow), clockHealth(databaseNow, clock), healthOf('kafka', brokersAnswer())];
      return [...(await Promise.all(asked)), { name: 'redis', ok: true, ...redisDetail(redis.status) }, ...health()];
    },
    isDraining: () => draining,
    clock,
    trustProxy: typeof config.http.trustProxy === 'object' ? config.http.trustProxy.join(',') : config.http.trustProxy,
  };
  const maxConnections = socketsWithin(config.http.maxConnections);
  if (maxConnections < config.http.maxConnections)
    log.warn('fewer connections are served than FLASHSALE_MAX_CONNECTIONS says: raise the limit of open files', { maxConnections });
  const http = createHttpServer(createApp(deps), { ...SERVER_LIMITS, maxConnections }, deps);
  metrics.httpLoadFrom(() => ({ reservations: inFlight.taken, waits: waits.taken, connections: http.connectionCount() }));
  await listen(http.server, config.http);
  log.info('api is ready', { host: config.http.host, port: (http.server.address() as AddressInfo).port });

  return {
    async stop() {
      // First /readyz alone: whoever balances needs a moment to look. What still comes is served, and each answer closes its connection.
      draining = true;
      await clock.sleep(config.shutdownDelayMs);
      // Not before: whoever comes back at once may still be sent here.
      streams.drain();
      const cut = await http.drain(config.drainMs / 2);
      if (cut > 0) log.warn('connections were cut at the end of the drain limit', { connections: cut });
      await Promise.all([tokens.stop(), queue.stop(), stopOperations()]);
      await publisher.close();
      await Promise.all([producer.disconnect(), admin.disconnect()]);
      redis.disconnect();
      subscriber.disconnect();
      await pool.end();
    },
  };
}

/** @throws NotReady when the port cannot be had */
function listen(server: Server, { host, port }: { host: string; port: number }): Promise<void> {
  return new Promise((resolve, reject) => {
    const refused = (error: NodeJS.ErrnoException): void => reject(portTaken(error, host, port, 'FLASHSALE_HTTP_PORT'));
    server.once('error', refused);
    server.listen(port, host, () => {
      server.off('error', refused);
      resolve();
    });
  });
}

async function healthOf(name: string, question: Promise<unknown>): Promise<DependencyHealth> {
  return await question.then(
    () => ({ name, ok: true }),
    () => ({ name, ok: false, detail: 'does not answer' }),
  );
}

function atMostEvery<T>(ms: number, clock: Clock, ask: () => Promise<T>): () => Promise<T> {
  let last: { readonly answer: Promise<T>; readonly askedAt: number } | null = null;
  return () => {
    if (last === null || clock.monotonic() - last.askedAt >= ms) last = { answer: ask(), askedAt: clock.monotonic() };
    return last.answer;
  };
}

/** Without Redis the service is slower and not wrong: it stays ready, and says so. */
function redisDetail(status: string): { detail?: string } {
  return status === 'ready' ? {} : { detail: 'away; answering without it' };
}
