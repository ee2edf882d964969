import { Kafka, type logCreator, logLevel, Partitioners, type Producer } from 'kafkajs';
import type { KafkaConfig } from '../config.js';
import type { Log } from '../telemetry/log.js';

/** Retries of one request inside kafkajs, before its caller hears of it: short, since callers have deadlines of their own. */
const RETRY = { initialRetryTime: 50, maxRetryTime: 500, factor: 0, multiplier: 2, retries: 5 };

export function createKafka(config: Pick<KafkaConfig, 'brokers' | 'connectTimeoutMs' | 'requestTimeoutMs'>, log: Log): Kafka {
  return new Kafka({
    clientId: 'flashsale',
    brokers: [...config.brokers],
    connectionTimeout: config.connectTimeoutMs,
    requestTimeout: config.requestTimeoutMs,
    enforceRequestTimeout: true,
    retry: RETRY,
    logLevel: logLevel.INFO,
    logCreator: logTo(log),
  });
}

/** What kafkajs calls an error and then handles by itself: every rebalance, retry and reconnection. The caller hears of what remains. */
const HANDLED_BY_KAFKAJS =
  /^(Connection |Closed connection|Response |The group is rebalancing|Failed to connect to seed broker|Group coordinator not found)/;

function logTo(log: Log): logCreator {
  return () =>
    ({ level, namespace, log: { message, logger: _logger, timestamp: _timestamp, stack: _stack, ...details } }) => {
      const line = { ...details, kafkajs: namespace };
      const isNews = (level === logLevel.ERROR || level === logLevel.WARN) && !HANDLED_BY_KAFKAJS.test(message);
      if (isNews) log.warn(message, line);
      else log.debug(message, line);
    };
}

/**
 * Not idempotent: with several requests in flight kafkajs's idempotent producer can lose an acknowledged record, and repeats are ours to
 * absorb. The partitioner is named because leaving it out logs a warning; every record names its partition itself.
 */
export function createProducer(kafka: Kafka): Producer {
  return kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner, allowAutoTopicCreation: false, idempotent: false });
}
