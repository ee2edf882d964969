import { choosePlace, describePlace } from './place.js';
import { serversFrom } from './servers.js';

const environment = {
  FLASHSALE_DATABASE_URL: 'postgres://me:secret@db:5432/postgres?sslmode=disable',
  FLASHSALE_KAFKA_BROKERS: 'a:1, b:2',
  FLASHSALE_REDIS_URL: 'redis://:hidden@cache:6379',
};

describe('the servers', () => {
  it('are read from the environment', () => expect(serversFrom(environment).brokers).toEqual(['a:1', 'b:2']));

  it('are all named when they are missing', () => expect(() => serversFrom({})).toThrow(/DATABASE_URL.*KAFKA_BROKERS.*REDIS_URL/));

  it('are named alone when one is missing', () =>
    expect(() => serversFrom({ ...environment, FLASHSALE_REDIS_URL: '' })).toThrow(/^FLASHSALE_REDIS_URL not set/));
});

describe('a place', () => {
  const servers = serversFrom(environment);

  it('carries one suffix in every name, and keeps the rest of the URL', () =>
    expect(choosePlace('demo', servers, 'abcd')).toMatchObject({
      databaseUrl: 'postgres://me:secret@db:5432/flashsale_demo_abcd?sslmode=disable',
      topic: 'flashsale-demo-abcd',
      consumerGroup: 'flashsale-demo-abcd',
      redisPrefix: 'flashsale-demo-abcd:',
    }));

  it('differs from run to run', () => expect(choosePlace('demo', servers).name).not.toBe(choosePlace('demo', servers).name));

  it('is told without passwords', () => expect(describePlace(choosePlace('demo', servers))).not.toMatch(/secret|hidden/));
});
