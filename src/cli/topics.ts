import { Command } from 'commander';
import type { Admin } from 'kafkajs';
import { loadConfig, type TopicConfig } from '../config.js';
import { createKafka } from '../connections/kafka.js';
import { askAll, kafkaQuestion, NotReady } from '../connections/startup-check.js';
import { createTopic, describeDifference, topicDifferences } from '../log/topics.js';
import { createLog, createPino } from '../telemetry/log.js';

export const topicsCommand = (): Command =>
  new Command('topics')
    .description('create the topics of commands, events and dead letters, or check those that are there')
    .action(async () => {
      const config = loadConfig();
      const log = createLog(createPino(config.logLevel === 'info' ? 'warn' : config.logLevel));
      await askAll([kafkaQuestion(config, log, async () => [])]);
      const admin = createKafka(config.kafka, log).admin();
      await admin.connect();
      try {
        // All are tried, so that what is wrong with them is repaired in one go.
        const { topic, eventsTopic, deadLetterTopic } = config.kafka;
        const problems: string[] = [];
        for (const each of [topic, eventsTopic, deadLetterTopic]) problems.push(...(await createOrCheck(admin, each)));
        if (problems.length > 0) throw new NotReady(problems, 78);
      } finally {
        await admin.disconnect();
      }
    });

/** @returns what is wrong with it, in words */
async function createOrCheck(admin: Admin, topic: TopicConfig): Promise<readonly string[]> {
  let created: boolean;
  try {
    created = await createTopic(admin, topic);
  } catch (error) {
    return [whyNotCreated(topic, error)];
  }
  const copies = `${topic.partitions} ${topic.partitions === 1 ? 'partition' : 'partitions'}, replication factor ${topic.replicationFactor}`;
  const differences = created ? [] : ((await topicDifferences(admin, topic)) ?? []);
  if (created) console.log(`created ${topic.name}: ${copies}`);
  else if (differences.length === 0) console.log(`${topic.name} is there and as configured`);
  return differences.map((difference) => describeDifference(topic, difference));
}

function whyNotCreated(topic: TopicConfig, error: unknown): string {
  const errors = error instanceof AggregateError ? error.errors : [error];
  const reasons = errors.map((each) => (each instanceof Error ? each.message : String(each))).join(', ');
  const advice = 'With fewer brokers than copies, set FLASHSALE_REPLICATION_FACTOR (1 for a single broker).';
  return `Topic ${topic.name} could not be created with replication factor ${topic.replicationFactor}: ${reasons}\n${advice}`;
}
