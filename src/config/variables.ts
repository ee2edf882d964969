import type { z } from 'zod';
import { API_KEY_NAME_PATTERN } from '../domain/ids.js';
import { DECIDE_BY_MS } from '../domain/limits.js';
import { jwksUrl, jwtAlgorithms, jwtSecret } from './jwt-kinds.js';
import { brokerList, integer, integerOrAuto, type Kind, oneOf, optional, serverUrl, text, trustProxy } from './kinds.js';

/** One environment variable: what the README's table says of it, and how it is read. */
export interface Variable<T = unknown> extends Kind<T> {
  readonly fallback: string;
  readonly help: string;
  /** Its value is never shown. */
  readonly secret: boolean;
}

function variable<T>(kind: Kind<T>, fallback: string, help: string, secret = false): Variable<T> {
  return { ...kind, fallback, help, secret };
}

const port = integer(0, 65_535);
/** Any wait longer than 10 minutes is a mistake in the unit. */
const ms = (min: number, max = 600_000): Kind<number> => integer(min, max);
const connections = integer(1, 100);
const kafkaName = text(/^[A-Za-z0-9._-]{1,200}$/, 'up to 200 letters, digits, dots, dashes and underscores');
const claim = optional(text(/^[!-~]{1,200}$/, 'up to 200 printable ASCII characters without spaces'));
const day = String(24 * 3600 * 1000);

/** In the order of the README's table. */
export const VARIABLES = {
  FLASHSALE_ROLE: variable(oneOf('api', 'writer', 'all'), 'all', 'What this process does: take requests, decide them, or both'),
  FLASHSALE_LOG_LEVEL: variable(oneOf('debug', 'info', 'warn', 'error', 'silent'), 'info', 'Least severe log line that is written'),
  FLASHSALE_DRAIN_MS: variable(ms(100), '10000', 'Longest that a stop waits for work under way'),
  FLASHSALE_SHUTDOWN_DELAY_MS: variable(
    ms(0),
    '2000',
    'How long an API that is told to stop still takes requests while /readyz says no, so that load balancers turn away first',
  ),
  FLASHSALE_CONNECT_TIMEOUT_MS: variable(
    ms(100, 60_000),
    '3000',
    'Longest that a connection to PostgreSQL, Kafka or Redis may take to open',
  ),

  FLASHSALE_HTTP_HOST: variable(
    text(/^[A-Za-z0-9.:_-]{1,253}$/, 'an address or host name'),
    '0.0.0.0',
    'Address that HTTP and metrics listen on',
  ),
  FLASHSALE_HTTP_PORT: variable(port, '3000', 'Port of the API; 0 for any free one'),
  FLASHSALE_METRICS_PORT: variable(port, '9464', 'Port of /metrics; 0 for any free one'),
  FLASHSALE_TRUST_PROXY: variable(trustProxy(), 'none', 'Proxies whose X-Forwarded-For is believed'),
  FLASHSALE_PROBLEM_BASE: variable(
    text(/^(https?:\/\/[^\s?#]*[^\s?#/])?$/, 'empty, or an http(s) address without a slash at its end'),
    '',
    'Public address of the service, put before `/problems/...` in the `type` of every error',
  ),
  FLASHSALE_DECIDE_BY_MS: variable(ms(1_000), String(DECIDE_BY_MS), 'Age at which an undecided request is refused'),
  FLASHSALE_MAX_EVENT_STREAMS: variable(
    integer(1, 1_000_000),
    '5000',
    'Event streams that a process serves at once; further ones are answered 503',
  ),
  FLASHSALE_MAX_EVENT_STREAMS_PER_BUYER: variable(
    integer(1, 1_000_000),
    '20',
    "Event streams of one buyer's reservations that a process serves at once; further ones are answered 429",
  ),
  FLASHSALE_MAX_QUEUE_MS: variable(
    integerOrAuto(100, 600_000),
    'auto',
    'Longest predicted wait for a decision with which a request is still taken; auto: nine tenths of FLASHSALE_DECIDE_BY_MS',
  ),
  FLASHSALE_MAX_IN_FLIGHT: variable(
    integer(1, 1_000_000),
    '2000',
    'Reservations that a process takes at once; further ones are answered 503 before anything is done for them',
  ),
  FLASHSALE_MAX_LONG_POLLS: variable(
    integer(1, 1_000_000),
    '10000',
    'Requests that may wait for a decision at once in a process; further ones are answered without waiting',
  ),
  FLASHSALE_MAX_CONNECTIONS: variable(
    integer(1, 1_000_000),
    '16000',
    'Sockets of a process at once; a further one is closed as soon as it is open. 256 fewer than open files (`ulimit -n`) at most',
  ),
  FLASHSALE_BUYER_RATE: variable(
    integer(0, 1_000_000),
    '10',
    'Reservations that a buyer may ask for in a second, over all API processes; more are answered 429. 0: as many as they like',
  ),
  FLASHSALE_BUYER_BURST: variable(integer(1, 1_000_000), '20', 'How many of them at once, by a buyer who has not asked lately'),

  FLASHSALE_JWT_SECRET: variable(jwtSecret(), '', "Secret that buyers' tokens are signed with; this or FLASHSALE_JWT_JWKS_URL", true),
  FLASHSALE_JWT_JWKS_URL: variable(jwksUrl(), '', "Where the public keys of whoever signs buyers' tokens are published", true),
  FLASHSALE_JWT_ISSUER: variable(claim, '', 'The `iss` of a token'),
  FLASHSALE_JWT_AUDIENCE: variable(claim, '', 'What the `aud` of a token must name'),
  FLASHSALE_JWT_STOREFRONT: variable(
    optional(text(API_KEY_NAME_PATTERN, 'up to 40 lower-case letters, digits and dashes')),
    '',
    'Storefront whose buyers bring tokens, by the name of its API keys: `sub` is the `userId` that those would name',
  ),
  FLASHSALE_JWT_ALGORITHMS: variable(
    jwtAlgorithms(),
    'auto',
    'Algorithms that a token may be signed with; auto: HS256 with a secret, RS256 and ES256 with published keys',
  ),
  FLASHSALE_JWT_LEEWAY_SECONDS: variable(
    integer(0, 300),
    '5',
    "How far the clock of whoever signs may be from ours, for a token's `exp` and `nbf`",
  ),
  FLASHSALE_JWT_JWKS_TIMEOUT_MS: variable(ms(100, 60_000), '3000', 'Longest that a fetch of the public keys may take'),
  FLASHSALE_JWT_JWKS_REFRESH_SECONDS: variable(integer(1, 86_400), '300', 'How often they are fetched: a withdrawn key is trusted so long'),
  FLASHSALE_JWT_JWKS_COOLDOWN_SECONDS: variable(
    integer(1, 3_600),
    '10',
    'Least time between two fetches of them, however many tokens name an unknown key',
  ),

  FLASHSALE_DATABASE_URL: variable(
    serverUrl(['postgres:', 'postgresql:'], 'postgres://user:password@host:5432/database', ['options']),
    'postgres://flashsale:flashsale@127.0.0.1:5432/flashsale',
    'The PostgreSQL database',
    true,
  ),
  FLASHSALE_POSTGRES_WRITER_CONNECTIONS: variable(connections, '4', 'Connections of a writer that load and commit'),
  FLASHSALE_POSTGRES_API_CONNECTIONS: variable(
    connections,
    '4',
    'Connections of an API process for its buyers; it has 3 more for operators, 1 while it recounts',
  ),
  FLASHSALE_POSTGRES_PLAIN_CONNECTIONS: variable(
    connections,
    '4',
    'Connections of a writer for sweep, positions and checks; 2 more publish events and dead letters',
  ),
  FLASHSALE_STATEMENT_TIMEOUT_MS: variable(ms(100), '5000', 'Longest that one SQL statement may run'),
  FLASHSALE_AUDIT_TIMEOUT_MS: variable(
    integer(1_000, 3_600_000),
    '300000',
    'Longest that one statement of a recount may run, which an operator has asked for',
  ),
  FLASHSALE_LOCK_TIMEOUT_MS: variable(ms(50), '2000', 'Longest that an SQL statement may wait for a lock'),
  FLASHSALE_IDLE_IN_TRANSACTION_TIMEOUT_MS: variable(ms(100), '5000', 'Longest that a transaction may wait for its next statement'),

  FLASHSALE_KAFKA_BROKERS: variable(brokerList(), '127.0.0.1:9092', 'Kafka brokers to begin with'),
  FLASHSALE_KAFKA_REQUEST_TIMEOUT_MS: variable(ms(500), '5000', 'Longest that a broker may take to answer a request'),
  FLASHSALE_TOPIC: variable(kafkaName, 'reservation-requests', 'Topic of the commands'),
  FLASHSALE_EVENTS_TOPIC: variable(kafkaName, 'reservation-events', 'Topic of the events: every decision, for other services'),
  FLASHSALE_DEAD_LETTER_TOPIC: variable(kafkaName, 'reservation-requests-dlq', 'Topic that dead letters are published to'),
  FLASHSALE_EVENTS_SOURCE: variable(
    text(/^[A-Za-z0-9._~:/?#@!$&'()*+,;=%-]{1,200}$/, 'a URI or a path, without spaces'),
    '/flashsale',
    'What every event names as its `source`',
  ),
  FLASHSALE_PARTITIONS: variable(integer(1, 1_000), '10', 'Partitions of the topics of commands and events; fixed for their life'),
  FLASHSALE_REPLICATION_FACTOR: variable(integer(1, 9), '3', 'Brokers that keep a copy of each topic'),
  FLASHSALE_MIN_INSYNC_REPLICAS: variable(
    integerOrAuto(1, 9),
    'auto',
    'Copies that must hold a command before it is acknowledged; auto: all but one, at least 1',
  ),
  FLASHSALE_RETENTION_MS: variable(integer(60_000, 365 * 24 * 3600 * 1000), day, 'How long the topics keep a record'),
  FLASHSALE_CONSUMER_GROUP: variable(kafkaName, 'inventory-batch-consumer', 'Consumer group of the writers'),
  FLASHSALE_SESSION_TIMEOUT_MS: variable(ms(500), '2000', 'Silence after which a writer counts as dead'),
  FLASHSALE_REBALANCE_TIMEOUT_MS: variable(ms(500), '5000', 'Longest that writers may take to rejoin the group'),
  FLASHSALE_HEARTBEAT_MS: variable(ms(50), '250', "Time between a writer's signs of life"),
  FLASHSALE_FETCH_MAX_WAIT_MS: variable(ms(1, 10_000), '25', 'Longest that a broker holds back a fetch that found nothing'),
  FLASHSALE_FETCH_PAUSE_MS: variable(ms(0, 1_000), '4', 'Pause behind a fetch that brought all there was, so that the next brings more'),
  FLASHSALE_CHUNK_LINGER_MS: variable(ms(0, 1_000), '0', 'Longest that a writer itself waits to fill a chunk of 250 commands'),
  FLASHSALE_CHUNKS_IN_FLIGHT: variable(
    integer(1, 4),
    '1',
    'Chunks of a partition under way at once; 2 empties a backlog faster, and every chunk of it takes longer',
  ),
  FLASHSALE_PUBLISH_LINGER_MS: variable(ms(0, 1_000), '2', 'Longest that a request waits to be published with others'),
  FLASHSALE_PUBLISH_DEADLINE_MS: variable(ms(100), '3000', 'Longest that a request waits for the log before it is answered 503'),
  FLASHSALE_PUBLISH_MAX_WAITING: variable(
    integer(250, 1_000_000),
    '20000',
    'Requests that may wait for the log before more are answered 503',
  ),

  FLASHSALE_REDIS_URL: variable(
    serverUrl(['redis:', 'rediss:'], 'redis://:password@host:6379/0'),
    'redis://127.0.0.1:6379',
    'The Redis of the hints',
    true,
  ),
  FLASHSALE_REDIS_PREFIX: variable(
    text(/^[^\s*?[\]\\]{1,64}$/, 'up to 64 characters without spaces and *?[]\\'),
    'flashsale:',
    'What every Redis key begins with',
  ),
  FLASHSALE_REDIS_TIMEOUT_MS: variable(ms(5, 10_000), '100', 'Longest that a Redis command may take'),
} as const satisfies Record<string, Variable>;

export type VariableName = keyof typeof VARIABLES;
export type Values = { readonly [Name in VariableName]: z.output<(typeof VARIABLES)[Name]['schema']> };

/** Read by the launcher, docker-compose.yml, the tests and the load scripts; not ours, and no typing errors. */
export const VARIABLES_OF_OTHERS: ReadonlySet<string> = new Set([
  'FLASHSALE_STACK',
  'FLASHSALE_TEST_SUITE',
  'FLASHSALE_POSTGRES_PORT',
  'FLASHSALE_KAFKA_PORT',
  'FLASHSALE_REDIS_PORT',
  'FLASHSALE_PROMETHEUS_PORT',
  'FLASHSALE_GRAFANA_PORT',
  'FLASHSALE_URL',
  'FLASHSALE_API_KEY',
]);
