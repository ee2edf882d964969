import { ConfigError } from './config/fault.js';
import { configMarkdown, configTable } from './config/table.js';
import { loadConfig } from './config.js';

function faultsOf(environment: Record<string, string>): Record<string, string> {
  try {
    loadConfig(environment);
  } catch (error) {
    if (error instanceof ConfigError) return Object.fromEntries(error.faults.map(({ variable, problem }) => [variable, problem]));
    throw error;
  }
  return {};
}

test('an empty environment is a whole configuration', () => {
  expect(loadConfig({})).toMatchObject({
    role: 'all',
    http: { port: 3000, trustProxy: false },
    metrics: { port: 9464 },
    kafka: {
      brokers: ['127.0.0.1:9092'],
      topic: { name: 'reservation-requests', partitions: 10 },
      eventsTopic: { name: 'reservation-events', partitions: 10 },
      deadLetterTopic: { name: 'reservation-requests-dlq', partitions: 1 },
      consumer: { group: 'inventory-batch-consumer' },
    },
    redis: { prefix: 'flashsale:' },
    drainMs: 10_000,
    shutdownDelayMs: 2_000,
  });
});

test('it is frozen, to the depth', () => {
  const config = loadConfig({});
  expect(() => Object.assign(config.kafka.topic, { partitions: 3 })).toThrow(TypeError);
  expect(() => Object.assign(config.kafka.brokers, ['other:1'])).toThrow(TypeError);
});

test('all faults are reported at once, with what was given and what is allowed', () => {
  const faults = faultsOf({
    FLASHSALE_ROLE: 'reader',
    FLASHSALE_HTTP_PORT: '80000',
    FLASHSALE_DRAIN_MS: '10s',
    FLASHSALE_KAFKA_BROKERS: 'localhost',
    FLASHSALE_TRUST_PROXY: 'yes',
    FLASHSALE_REDIS_PREFIX: '',
    FLASHSALE_HEARTBEAT_MS: '1000',
    FLASHSALE_PARTITION: '3',
  });
  expect(faults).toEqual({
    FLASHSALE_ROLE: '"reader" was given; allowed is one of api, writer, all',
    FLASHSALE_HTTP_PORT: '"80000" was given; allowed is a whole number from 0 to 65535',
    FLASHSALE_DRAIN_MS: '"10s" was given; allowed is a whole number from 100 to 600000',
    FLASHSALE_KAFKA_BROKERS: '"localhost" was given; allowed is host:port, several separated by commas',
    FLASHSALE_TRUST_PROXY: expect.stringContaining('"yes" was given; allowed is none, a number'),
    FLASHSALE_REDIS_PREFIX: expect.stringContaining('nothing was given'),
    FLASHSALE_HEARTBEAT_MS: expect.stringContaining('is 1000; allowed is at most a third of FLASHSALE_SESSION_TIMEOUT_MS (2000)'),
    FLASHSALE_PARTITION: 'no such variable; did you mean FLASHSALE_PARTITIONS?',
  });
});

test('no two topics are one', () => {
  expect(faultsOf({ FLASHSALE_EVENTS_TOPIC: 'reservation-requests', FLASHSALE_DEAD_LETTER_TOPIC: 'reservation-requests' })).toEqual({
    FLASHSALE_EVENTS_TOPIC: 'reservation-requests was given; allowed is any topic but that of FLASHSALE_TOPIC',
    FLASHSALE_DEAD_LETTER_TOPIC: 'reservation-requests was given; allowed is any topic but that of FLASHSALE_TOPIC',
  });
});

test('the error names every fault and ends the process with 78', () => {
  const error = new ConfigError([
    { variable: 'A', problem: 'is wrong' },
    { variable: 'B', problem: 'too' },
  ]);
  expect(error.exitCode).toBe(78);
  expect(error.message).toMatch(/2 faults:\n {2}A: is wrong\n {2}B: too\n/);
});

test('a password never shows', () => {
  const faults = faultsOf({
    FLASHSALE_DATABASE_URL: 'mysql://shop:hunter2@db/sale',
    FLASHSALE_REDIS_URL: 'hunter2',
  });
  expect(Object.keys(faults)).toEqual(['FLASHSALE_DATABASE_URL', 'FLASHSALE_REDIS_URL']);
  expect(JSON.stringify(faults)).not.toContain('hunter2');
});

test.each([
  [
    'options in the database URL, which would replace the planner settings',
    { FLASHSALE_DATABASE_URL: 'postgres://a@b/c?options=-cjit%3Don' },
  ],
  ['more replicas in sync than there are', { FLASHSALE_REPLICATION_FACTOR: '1', FLASHSALE_MIN_INSYNC_REPLICAS: '2' }],
  ['one port for two servers', { FLASHSALE_METRICS_PORT: '3000' }],
  ['a deadline before the linger', { FLASHSALE_PUBLISH_LINGER_MS: '1000', FLASHSALE_PUBLISH_DEADLINE_MS: '500' }],
  ['a broker without a valid port', { FLASHSALE_KAFKA_BROKERS: 'a:9092,b:0' }],
  ['a number with a sign', { FLASHSALE_HTTP_PORT: '+1' }],
  ['a number in exponents', { FLASHSALE_HTTP_PORT: '1e3' }],
  ['a problem base without a slash at its end', { FLASHSALE_PROBLEM_BASE: '/problems' }],
])('refused: %s', (_name, environment) => {
  expect(Object.keys(faultsOf(environment))).toHaveLength(1);
});

test.each([
  ['none', false],
  ['2', 2],
  ['loopback, 10.0.0.0/8,2001:db8::/32', ['loopback', '10.0.0.0/8', '2001:db8::/32']],
])('trusted proxies: %s', (given, expected) => {
  expect(loadConfig({ FLASHSALE_TRUST_PROXY: given }).http.trustProxy).toEqual(expected);
});

test.each([
  [{}, 2],
  [{ FLASHSALE_REPLICATION_FACTOR: '1' }, 1],
  [{ FLASHSALE_MIN_INSYNC_REPLICAS: '3' }, 3],
])('replicas in sync with %j: %i', (environment, expected) => {
  expect(loadConfig(environment).kafka.topic.minInsyncReplicas).toBe(expected);
});

test('both ports may be any free one, and variables of the launcher are not ours to judge', () => {
  expect(faultsOf({ FLASHSALE_HTTP_PORT: '0', FLASHSALE_METRICS_PORT: '0', FLASHSALE_STACK: 'docker', FLASHSALE_KAFKA_PORT: 'x' })).toEqual(
    {},
  );
  expect(loadConfig({ FLASHSALE_KAFKA_BROKERS: 'a:9092, [::1]:9093' }).kafka.brokers).toEqual(['a:9092', '[::1]:9093']);
});

test('every variable has help, a unit in its name where it is a time, and a row in the table', () => {
  for (const { name, help, allowed } of configTable()) {
    expect(help).toMatch(/^\S.{10,}/);
    expect(allowed).not.toBe('');
    if (/TIMEOUT|DEADLINE|LINGER|RETENTION|HEARTBEAT|WAIT(?!ING)/.test(name)) expect(name).toMatch(/_(MS|SECONDS)$/);
  }
  expect(configMarkdown().split('\n')).toHaveLength(configTable().length + 2);
});
