import { Redis, type RedisOptions } from 'ioredis';
import type { RedisConfig } from '../config.js';
import type { Log } from '../telemetry/log.js';
import { addressOf } from './address.js';

const RECONNECT_FIRST_MS = 50;
const RECONNECT_MAX_MS = 500;
const SILENCE_MS = 2_000;

/**
 * For commands. Whatever is not answered at once fails at once: the caller has a breaker and goes on without Redis. Nothing is ever sent
 * twice by the driver, nor kept for later: what a command says may be outdated by then.
 */
export function createRedis(config: RedisConfig, log: Log): Redis {
  const redis = new Redis(config.url, {
    ...common(config),
    connectionName: 'flashsale',
    commandTimeout: config.timeoutMs,
    // A server that vanished without a word: its connection would be kept until TCP gives up, a quarter of an hour later.
    socketTimeout: SILENCE_MS,
    // 0: fail what was under way as soon as the connection breaks.
    maxRetriesPerRequest: 0,
    autoResendUnfulfilledCommands: false,
  });
  return watched(redis, 'commands', config, log);
}

/** For SUBSCRIBE only, which turns a connection into one that takes no other command. It subscribes again after every reconnection. */
export function createSubscriber(config: RedisConfig, log: Log): Redis {
  const redis = new Redis(config.url, {
    ...common(config),
    connectionName: 'flashsale-subscriber',
    // The driver's own resubscription leaves a failure to nobody, and that ends the process: whoever subscribes does it at each `ready`.
    autoResubscribe: false,
    maxRetriesPerRequest: 0,
    autoResendUnfulfilledCommands: false,
  });
  return watched(redis, 'subscriptions', config, log);
}

/**
 * Resolves once connected for the first time. ioredis gives its caller up when the handshake takes longer than a command may, as on a machine
 * where everything is just starting, and then goes on trying: so wait for what comes of that. Whether Redis is there at all is the start-up
 * check's question.
 */
export async function connected(redis: Redis): Promise<void> {
  const ready = new Promise((resolve) => redis.once('ready', resolve));
  redis.connect().catch(() => undefined);
  await ready;
}

function common(config: RedisConfig) {
  return {
    connectTimeout: config.connectTimeoutMs,
    enableOfflineQueue: false,
    retryStrategy: (attempt: number) => Math.min(RECONNECT_FIRST_MS * attempt, RECONNECT_MAX_MS),
    // A replica that took over, or a server that still loads: the connection is of no use, a new one may be.
    reconnectOnError: (error: Error) => /^(READONLY|LOADING)/.test(error.message),
    lazyConnect: true,
    disableClientInfo: true,
  } satisfies RedisOptions;
}

/** One line when it breaks and one when it is back, however many attempts lie between. */
function watched(redis: Redis, purpose: string, config: RedisConfig, log: Log): Redis {
  const about = { redis: addressOf(config.url), purpose };
  let state: 'new' | 'up' | 'down' = 'new';
  const down = (error?: Error): void => {
    if (state === 'down' || redis.status === 'end') return;
    state = 'down';
    log.warn('Redis is away; the service goes on without it', { ...about, ...(error && { error }) });
  };
  redis.on('error', down);
  redis.on('close', () => {
    if (state === 'up') down();
  });
  redis.on('ready', () => {
    if (state === 'down') log.info('Redis is back', about);
    state = 'up';
  });
  return redis;
}
