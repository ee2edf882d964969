import { randomUUID } from 'node:crypto';
import type { Admin } from 'kafkajs';
import { recordingLog } from '../../test/support/log.js';
import { type Config, loadConfig } from '../config.js';
import { createKafka } from '../connections/kafka.js';
import { sessionFaults } from './session-limit.js';
import { createTopic, describeDifference, type TopicDifference, topicDifferences, topicFaults } from './topics.js';

let admin: Admin;
let config: Config['kafka'];
const name = `topics-test-${randomUUID()}`;

beforeAll(async () => {
  config = loadConfig({
    FLASHSALE_KAFKA_BROKERS: process.env.FLASHSALE_KAFKA_BROKERS,
    FLASHSALE_TOPIC: name,
    FLASHSALE_PARTITIONS: '3',
    FLASHSALE_REPLICATION_FACTOR: '1',
    FLASHSALE_MIN_INSYNC_REPLICAS: '1',
  }).kafka;
  admin = createKafka(config, recordingLog()).admin();
  await admin.connect();
});

afterAll(async () => {
  const made = (await admin.listTopics()).filter((topic) => topic.startsWith(name));
  await admin.deleteTopics({ topics: made });
  await admin.disconnect();
});

test('a missing topic is a fault that says what to run; looking does not create it', async () => {
  expect(await topicDifferences(admin, config.topic)).toBeNull();
  expect((await topicFaults(admin, config.topic)).join()).toContain('main.js topics');
  expect(await admin.listTopics()).not.toContain(name);
});

test('it is created as configured, once, by however many', async () => {
  const created = await Promise.all([createTopic(admin, config.topic), createTopic(admin, config.topic)]);
  expect(created.filter(Boolean)).toHaveLength(1);
  expect(await createTopic(admin, config.topic)).toBe(false);
  expect(await topicDifferences(admin, config.topic)).toEqual([]);
  expect(await topicFaults(admin, config.topic)).toEqual([]);
});

test('every difference of a topic made by other hands is named; those that make decisions wrong keep the service from starting', async () => {
  const foreign = { ...config.topic, name: `${name}-foreign` };
  const configEntries = [
    { name: 'cleanup.policy', value: 'compact' },
    { name: 'retention.ms', value: '3600000' },
  ];
  await admin.createTopics({ topics: [{ topic: foreign.name, numPartitions: 2, replicationFactor: 1, configEntries }] });
  const differences = (await topicDifferences(admin, foreign)) ?? [];
  expect(differences.map(({ property, found, wanted }) => `${property}: ${found}, not ${wanted}`)).toEqual([
    'partitions: 2, not 3',
    'cleanup.policy: compact, not delete',
    'message.timestamp.type: CreateTime, not LogAppendTime',
    'retention.ms: 3600000, not 86400000',
  ]);
  expect(await topicFaults(admin, foreign)).toHaveLength(3);
  const words = differences.map((difference) => describeDifference(foreign, difference));
  expect(words[0]).toMatch(/FLASHSALE_PARTITIONS=2 .* else FLASHSALE_TOPIC to the topic that this database was written from\.$/);
  const events = describeDifference(config.eventsTopic, differences[0] as TopicDifference);
  expect(events).toMatch(/ else FLASHSALE_EVENTS_TOPIC to a new one\.$/);
  expect(words[2]).toContain('--add-config message.timestamp.type=LogAppendTime');
});

test('partitions that were added to a topic are told, and keep nobody from starting', async () => {
  await createTopic(admin, config.topic);
  const fewer = { ...config.topic, partitions: config.topic.partitions - 1 };
  const [difference, ...others] = (await topicDifferences(admin, fewer)) ?? [];
  expect(others).toEqual([]);
  expect(difference).toMatchObject({ property: 'partitions', found: '3', wanted: '2' });
  expect(describeDifference(fewer, difference as TopicDifference)).toContain('uses the first 2 of them');
  expect(await topicFaults(admin, fewer)).toEqual([]);
});

test('a session that the brokers refuse is a fault that says what recovery they allow', async () => {
  expect(await sessionFaults(admin, config.consumer)).toEqual([]);
  expect(await sessionFaults(admin, { ...config.consumer, sessionTimeoutMs: 500 })).toEqual([
    expect.stringContaining('group.min.session.timeout.ms=500 on the brokers, or FLASHSALE_SESSION_TIMEOUT_MS=1000'),
  ]);
  expect(await sessionFaults(admin, { ...config.consumer, sessionTimeoutMs: 10_000_000 })).toHaveLength(1);
});
