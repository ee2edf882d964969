import { buyerTokens } from './config/buyer-tokens.js';
import { type Environment, readVariables } from './config/read-variables.js';
import type { Values } from './config/variables.js';

/** The whole configuration, checked and frozen. A station takes the part it needs, by one of the types below. */
export type Config = DeepReadonly<ReturnType<typeof arrange>>;
export type PostgresConfig = Config['postgres'];
export type KafkaConfig = Config['kafka'];
export type TopicConfig = Config['kafka']['topic' | 'eventsTopic' | 'deadLetterTopic'];
export type ConsumerConfig = Config['kafka']['consumer'];
export type RedisConfig = Config['redis'];
export type BuyerTokensConfig = NonNullable<Config['buyerTokens']>;

/**
 * The only reader of process.env (a test holds the others to it).
 * @throws ConfigError naming every fault
 */
export function loadConfig(environment: Environment = process.env): Config {
  return frozen(arrange(readVariables(environment)));
}

function arrange(values: Values) {
  return {
    role: values.FLASHSALE_ROLE,
    logLevel: values.FLASHSALE_LOG_LEVEL,
    drainMs: values.FLASHSALE_DRAIN_MS,
    shutdownDelayMs: values.FLASHSALE_SHUTDOWN_DELAY_MS,
    auditTimeoutMs: values.FLASHSALE_AUDIT_TIMEOUT_MS,
    http: {
      host: values.FLASHSALE_HTTP_HOST,
      port: values.FLASHSALE_HTTP_PORT,
      trustProxy: values.FLASHSALE_TRUST_PROXY,
      problemBase: values.FLASHSALE_PROBLEM_BASE,
      maxStreams: values.FLASHSALE_MAX_EVENT_STREAMS,
      maxStreamsPerBuyer: values.FLASHSALE_MAX_EVENT_STREAMS_PER_BUYER,
      decideByMs: values.FLASHSALE_DECIDE_BY_MS,
      maxQueueMs: values.FLASHSALE_MAX_QUEUE_MS === 'auto' ? values.FLASHSALE_DECIDE_BY_MS * 0.9 : values.FLASHSALE_MAX_QUEUE_MS,
      maxInFlight: values.FLASHSALE_MAX_IN_FLIGHT,
      maxWaits: values.FLASHSALE_MAX_LONG_POLLS,
      maxConnections: values.FLASHSALE_MAX_CONNECTIONS,
      buyerRate: values.FLASHSALE_BUYER_RATE === 0 ? null : { perSecond: values.FLASHSALE_BUYER_RATE, burst: values.FLASHSALE_BUYER_BURST },
    },
    buyerTokens: buyerTokens(values),
    metrics: {
      host: values.FLASHSALE_HTTP_HOST,
      port: values.FLASHSALE_METRICS_PORT,
    },
    postgres: {
      url: values.FLASHSALE_DATABASE_URL,
      writerConnections: values.FLASHSALE_POSTGRES_WRITER_CONNECTIONS,
      apiConnections: values.FLASHSALE_POSTGRES_API_CONNECTIONS,
      plainConnections: values.FLASHSALE_POSTGRES_PLAIN_CONNECTIONS,
      connectTimeoutMs: values.FLASHSALE_CONNECT_TIMEOUT_MS,
      statementTimeoutMs: values.FLASHSALE_STATEMENT_TIMEOUT_MS,
      lockTimeoutMs: values.FLASHSALE_LOCK_TIMEOUT_MS,
      idleInTransactionTimeoutMs: values.FLASHSALE_IDLE_IN_TRANSACTION_TIMEOUT_MS,
    },
    kafka: {
      brokers: values.FLASHSALE_KAFKA_BROKERS,
      connectTimeoutMs: values.FLASHSALE_CONNECT_TIMEOUT_MS,
      requestTimeoutMs: values.FLASHSALE_KAFKA_REQUEST_TIMEOUT_MS,
      topic: topic(values, 'FLASHSALE_TOPIC', values.FLASHSALE_PARTITIONS),
      /** As many partitions as the commands have, so that the relay of one of them writes to one. */
      eventsTopic: topic(values, 'FLASHSALE_EVENTS_TOPIC', values.FLASHSALE_PARTITIONS),
      deadLetterTopic: topic(values, 'FLASHSALE_DEAD_LETTER_TOPIC', 1),
      eventsSource: values.FLASHSALE_EVENTS_SOURCE,
      consumer: {
        group: values.FLASHSALE_CONSUMER_GROUP,
        sessionTimeoutMs: values.FLASHSALE_SESSION_TIMEOUT_MS,
        rebalanceTimeoutMs: values.FLASHSALE_REBALANCE_TIMEOUT_MS,
        heartbeatMs: values.FLASHSALE_HEARTBEAT_MS,
        fetchMaxWaitMs: values.FLASHSALE_FETCH_MAX_WAIT_MS,
        fetchPauseMs: values.FLASHSALE_FETCH_PAUSE_MS,
        chunkLingerMs: values.FLASHSALE_CHUNK_LINGER_MS,
        chunksInFlight: values.FLASHSALE_CHUNKS_IN_FLIGHT,
      },
      publish: {
        lingerMs: values.FLASHSALE_PUBLISH_LINGER_MS,
        deadlineMs: values.FLASHSALE_PUBLISH_DEADLINE_MS,
        maxWaiting: values.FLASHSALE_PUBLISH_MAX_WAITING,
      },
    },
    redis: {
      url: values.FLASHSALE_REDIS_URL,
      prefix: values.FLASHSALE_REDIS_PREFIX,
      timeoutMs: values.FLASHSALE_REDIS_TIMEOUT_MS,
      connectTimeoutMs: values.FLASHSALE_CONNECT_TIMEOUT_MS,
    },
  };
}

function topic(values: Values, variable: 'FLASHSALE_TOPIC' | 'FLASHSALE_EVENTS_TOPIC' | 'FLASHSALE_DEAD_LETTER_TOPIC', partitions: number) {
  return {
    name: values[variable],
    /** Where its name comes from, for whoever has to change it. */
    variable,
    partitions,
    replicationFactor: values.FLASHSALE_REPLICATION_FACTOR,
    minInsyncReplicas: minInsyncReplicas(values),
    retentionMs: values.FLASHSALE_RETENTION_MS,
  };
}

/** One broker may be away and the topic still takes commands, where there is more than one. */
function minInsyncReplicas({ FLASHSALE_MIN_INSYNC_REPLICAS: given, FLASHSALE_REPLICATION_FACTOR: copies }: Values): number {
  return given === 'auto' ? Math.max(1, copies - 1) : given;
}

type DeepReadonly<T> = T extends object ? { readonly [Key in keyof T]: DeepReadonly<T[Key]> } : T;

function frozen<T>(value: T): DeepReadonly<T> {
  if (typeof value === 'object' && value !== null) for (const part of Object.values(value)) frozen(part);
  return Object.freeze(value) as DeepReadonly<T>;
}
