import type { Admin, ConfigResourceTypes } from 'kafkajs';
import type { ConsumerConfig } from '../config.js';

const BROKER: ConfigResourceTypes.BROKER = 4;
const SETTINGS = ['group.min.session.timeout.ms', 'group.max.session.timeout.ms'] as const;

/**
 * Brokers bound how short a session may be (6 s unless they were told otherwise), and with it how soon a dead writer is noticed.
 * Outside these bounds they let no writer join the group, and kafkajs would try for ever.
 */
export async function sessionFaults(admin: Admin, consumer: ConsumerConfig): Promise<readonly string[]> {
  const { brokers } = await admin.describeCluster();
  const resources = brokers.map(({ nodeId }) => ({ type: BROKER, name: String(nodeId), configNames: [...SETTINGS] }));
  const answer = await admin.describeConfigs({ includeSynonyms: false, resources });
  const entries = answer.resources.flatMap(({ configEntries }) => configEntries);
  const [min, max] = SETTINGS.map((name) =>
    entries.filter(({ configName }) => configName === name).map(({ configValue }) => Number(configValue)),
  );
  const shortest = Math.max(0, ...(min ?? []));
  const longest = Math.min(Number.MAX_SAFE_INTEGER, ...(max ?? []));
  const { sessionTimeoutMs } = consumer;
  if (sessionTimeoutMs >= shortest && sessionTimeoutMs <= longest) return [];
  const [bound, setting] = sessionTimeoutMs < shortest ? [shortest, SETTINGS[0]] : [longest, SETTINGS[1]];
  return [
    `The Kafka brokers take no session of ${sessionTimeoutMs} ms (${setting} is ${bound}).\n` +
      `Set ${setting}=${sessionTimeoutMs} on the brokers, or FLASHSALE_SESSION_TIMEOUT_MS=${bound}: ` +
      `a dead writer's partitions then wait ${bound / 1000} s for another one.`,
  ];
}
