import { setTimeout as wait } from 'node:timers/promises';
import type { Admin, ConfigResourceTypes } from 'kafkajs';
import type { TopicConfig } from '../config.js';

/** A property of an existing topic that is not what the configuration says. */
export interface TopicDifference {
  readonly property: string;
  readonly found: string;
  readonly wanted: string;
  /** The service would decide wrongly, or lose what it accepted; it does not start. */
  readonly essential: boolean;
}

const TOPIC: ConfigResourceTypes.TOPIC = 2;
const LEADERS_WITHIN_MS = 10_000;
const LOOK_AGAIN_MS = 50;

/** A dead letter is a record as long as the broker takes them, and the headers that say why. */
const DEAD_LETTER_MAX_BYTES = 2 * 1024 * 1024;

/** Windows and latencies go by the broker's time of appending; compaction would remove records; the rest is durability. */
function topicSettings(topic: TopicConfig): ReadonlyMap<string, { value: string; essential: boolean }> {
  return new Map([
    ['cleanup.policy', { value: 'delete', essential: true }],
    ['message.timestamp.type', { value: 'LogAppendTime', essential: topic.variable === 'FLASHSALE_TOPIC' }],
    ...(topic.variable === 'FLASHSALE_DEAD_LETTER_TOPIC'
      ? ([['max.message.bytes', { value: String(DEAD_LETTER_MAX_BYTES), essential: false }]] as const)
      : []),
    ['unclean.leader.election.enable', { value: 'false', essential: true }],
    ['min.insync.replicas', { value: String(topic.minInsyncReplicas), essential: false }],
    ['retention.ms', { value: String(topic.retentionMs), essential: false }],
  ]);
}

/** @returns false when the topic is there already, whatever it is like */
export async function createTopic(admin: Admin, topic: TopicConfig): Promise<boolean> {
  const configEntries = [...topicSettings(topic)].map(([name, { value }]) => ({ name, value }));
  const { name, partitions: numPartitions, replicationFactor } = topic;
  const created = await admin.createTopics({
    waitForLeaders: false,
    topics: [{ topic: name, numPartitions, replicationFactor, configEntries }],
  });
  await untilLed(admin, topic);
  return created;
}

/**
 * A broker learns of a new topic a little after the controller has made it, and until then says that there is none; kafkajs's own wait for
 * the leaders takes that for an answer.
 * @throws the last error when there is no topic with a leader for each partition in time
 */
async function untilLed(admin: Admin, { name }: TopicConfig): Promise<void> {
  const deadline = performance.now() + LEADERS_WITHIN_MS;
  for (;;) {
    try {
      const { topics } = await admin.fetchTopicMetadata({ topics: [name] });
      if (topics[0]?.partitions.every(({ leader }) => leader >= 0)) return;
      throw new Error(`topic ${name} has no leader for some partition`);
    } catch (error) {
      if (performance.now() > deadline) throw error;
      await wait(LOOK_AGAIN_MS);
    }
  }
}

/** @returns null when there is no such topic */
export async function topicDifferences(admin: Admin, topic: TopicConfig): Promise<readonly TopicDifference[] | null> {
  // A question for the metadata of a topic that is missing may create it, with the broker's settings.
  if (!(await admin.listTopics()).includes(topic.name)) return null;
  const wanted = topicSettings(topic);
  const [metadata, { resources }] = await Promise.all([
    admin.fetchTopicMetadata({ topics: [topic.name] }),
    admin.describeConfigs({ includeSynonyms: false, resources: [{ type: TOPIC, name: topic.name, configNames: [...wanted.keys()] }] }),
  ]);
  const partitions = metadata.topics[0]?.partitions ?? [];
  const copies = Math.min(...partitions.map(({ replicas }) => replicas.length));
  const entries = resources[0]?.configEntries ?? [];
  return [
    // More of them can be added to a topic and never taken away again; the first ones go on as they were, and the others are not used.
    {
      property: 'partitions',
      found: String(partitions.length),
      wanted: String(topic.partitions),
      essential: partitions.length < topic.partitions,
    },
    { property: 'replication factor', found: String(copies), wanted: String(topic.replicationFactor), essential: false },
    ...[...wanted].map(([property, { value, essential }]) => {
      const found = entries.find(({ configName }) => configName === property)?.configValue ?? 'unknown';
      return { property, found, wanted: value, essential };
    }),
  ].filter((difference) => difference.found !== difference.wanted);
}

/** What keeps the service from starting, in words, with what to do. */
export async function topicFaults(admin: Admin, topic: TopicConfig): Promise<readonly string[]> {
  const differences = await topicDifferences(admin, topic);
  if (differences === null) return [`Kafka has no topic ${topic.name}.\nRun: node dist/src/cli/main.js topics`];
  return differences.filter(({ essential }) => essential).map((difference) => describeDifference(topic, difference));
}

export function describeDifference(topic: TopicConfig, { property, found, wanted }: TopicDifference): string {
  const about = `Topic ${topic.name}: ${property} is ${found}, not ${wanted}.`;
  switch (property) {
    case 'partitions':
      if (Number(found) > Number(wanted)) return `${about}\nThe service uses the first ${wanted} of them and leaves the others alone.`;
      return `${about}\n${partitionsAdvice(topic, found)}`;
    case 'replication factor':
      return `${about}\nSet FLASHSALE_REPLICATION_FACTOR=${found}, or reassign its partitions with kafka-reassign-partitions.sh.`;
    default:
      return `${about}\nRun: kafka-configs.sh --bootstrap-server BROKER --alter --entity-type topics --entity-name ${topic.name} --add-config ${property}=${wanted}`;
  }
}

/** The decisions in a database are numbered by the offsets of its commands' topic: with a new one it could not go on. The other topics may be new. */
function partitionsAdvice({ variable }: TopicConfig, found: string): string {
  if (variable === 'FLASHSALE_DEAD_LETTER_TOPIC') return `Set ${variable} to a new one.`;
  const other = variable === 'FLASHSALE_TOPIC' ? 'the topic that this database was written from' : 'a new one';
  return `Set FLASHSALE_PARTITIONS=${found} if the topic is right and the database is new, else ${variable} to ${other}.`;
}
