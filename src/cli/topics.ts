import { Command } from 'commander';
import type { Admin } from 'kafkajs';
import { type Config, loadConfig, type TopicConfig } from '../config.js';
import { createKafka } from '../connections/kafka.js';
import { askAll, kafkaQuestion, NotReady } from '../connections/startup-check.js';
import { createTopic, describeDifference, topicDifferences } from '../log/topics.js';
import { createLog, createPino } from '../telemetry/log.js';

export const topicsCommand = (): Command =>
  new Command('topics').description('create the topic of the commands, or check the one that is there').action(async () => {
    const config = loadConfig();
    const log = createLog(createPino(config.logLevel === 'info' ? 'warn' : config.logLevel));
    await askAll([kafkaQuestion(config, log, async () => [])]);
    const admin = createKafka(config.kafka, log).admin();
    await admin.connect();
    try {
      await createOrCheck(admin, config);
    } finally {
      await admin.disconnect();
    }
  });

async function createOrCheck(admin: Admin, { kafka: { topic } }: Config): Promise<void> {
  const created = await createTopic(admin, topic).catch((error: unknown) => {
    throw new NotReady([whyNotCreated(topic, error)], 78);
  });
  if (created) return console.log(`created ${topic.name}: ${topic.partitions} partitions, replication factor ${topic.replicationFactor}`);
  const differences = (await topicDifferences(admin, topic)) ?? [];
  if (differences.length > 0)
    throw new NotReady(
      differences.map((difference) => describeDifference(topic, difference)),
      78,
    );
  console.log(`${topic.name} is there and as configured`);
}

function whyNotCreated(topic: TopicConfig, error: unknown): string {
  const errors = error instanceof AggregateError ? error.errors : [error];
  const reasons = errors.map((each) => (each instanceof Error ? each.message : String(each))).join(', ');
  const advice = 'With fewer brokers than copies, set FLASHSALE_REPLICATION_FACTOR (1 for a single broker).';
  return `Topic ${topic.name} could not be created with replication factor ${topic.replicationFactor}: ${reasons}\n${advice}`;
}
