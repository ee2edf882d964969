import { schemaFaults } from '../catalogue/migrate.js';
import { partitionFaults } from '../catalogue/partition-count.js';
import type { Config } from '../config.js';
import { askAll, kafkaQuestion, postgresQuestion, redisQuestion } from '../connections/startup-check.js';
import { sessionFaults } from '../log/session-limit.js';
import { topicFaults } from '../log/topics.js';
import { durabilityFaults } from '../store/durability-faults.js';
import type { Log } from '../telemetry/log.js';

/**
 * Asks every server before a role begins, all at once.
 * @throws NotReady naming each that does not answer or is not set up, with its address and what to do
 */
export async function checkServers(config: Config, log: Log): Promise<void> {
  const { topic, eventsTopic, deadLetterTopic, consumer } = config.kafka;
  await askAll([
    postgresQuestion(config, async (client) => {
      const faults = await schemaFaults(client);
      // Without its tables there is nothing to read.
      const counted = faults.length > 0 ? faults : await partitionFaults(client, topic.partitions);
      return [...(await durabilityFaults(client)), ...counted];
    }),
    kafkaQuestion(config, log, async (admin) => [
      ...(await Promise.all([topic, eventsTopic, deadLetterTopic].map((each) => topicFaults(admin, each)))).flat(),
      ...(config.role === 'api' ? [] : await sessionFaults(admin, consumer)),
    ]),
    redisQuestion(config, log),
  ]);
}
