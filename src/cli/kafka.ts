import type { Config } from '../config.js';
import { createKafka, createProducer } from '../connections/kafka.js';
import { askAll, kafkaQuestion } from '../connections/startup-check.js';
import { createKafkaProducer } from '../log/kafka-producer.js';
import { topicFaults } from '../log/topics.js';
import type { RawProducer } from '../ports/dead-letters.js';
import { createLog, createPino } from '../telemetry/log.js';

/** Runs `work` with a producer of the commands' topic, where that is there and as it must be; else the error says what to do. */
export async function withCommandTopic<T>({ kafka: config, logLevel }: Config, work: (producer: RawProducer) => Promise<T>): Promise<T> {
  const log = createLog(createPino(logLevel === 'info' ? 'warn' : logLevel));
  await askAll([kafkaQuestion({ kafka: config }, log, (admin) => topicFaults(admin, config.topic))]);
  const producer = createProducer(createKafka(config, log));
  await producer.connect();
  try {
    return await work(createKafkaProducer(producer, config.topic.name, config.publish.deadlineMs));
  } finally {
    await producer.disconnect();
  }
}
