import { AssignerProtocol, type Consumer, Kafka, type logCreator, logLevel, Partitioners, type Producer } from 'kafkajs';
import type { ConsumerConfig, KafkaConfig } from '../config.js';
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

/**
 * kafkajs knows no limit of records: what a fetch brings of a partition is handed over at once. 256 KiB are some 600 commands, two chunks of
 * 250, so that a pause of the partition comes soon after its feed is full (2,000); 8 MiB: 32 full partitions in one answer.
 */
const FETCH_BYTES = { maxBytesPerPartition: 262_144, maxBytes: 8_388_608 };

/** It does not come back from a crash by itself: src/log/kafka-consumer.ts puts another one in its place. */
export function createConsumer(kafka: Kafka, settings: ConsumerConfig): Consumer {
  return kafka.consumer({
    groupId: settings.group,
    sessionTimeout: settings.sessionTimeoutMs,
    rebalanceTimeout: settings.rebalanceTimeoutMs,
    heartbeatInterval: settings.heartbeatMs,
    maxWaitTimeInMs: settings.fetchMaxWaitMs,
    minBytes: 1,
    ...FETCH_BYTES,
    allowAutoTopicCreation: false,
    readUncommitted: false,
    retry: { initialRetryTime: 100, maxRetryTime: 1_000, retries: 10, restartOnFailure: async () => false },
  });
}

/** What the group has given a member, out of the bytes that the brokers keep of it. */
export const decodeAssignment = AssignerProtocol.MemberAssignment.decode;
