import type { Redis } from 'ioredis';
import { type BreakableLink, breakableLink } from '../../test/support/breakable-link.js';
import { recordingLog } from '../../test/support/log.js';
import { onDecided } from '../cache/decided-channel.js';
import { loadConfig, type RedisConfig } from '../config.js';
import { createRedis, createSubscriber } from './redis.js';

let link: BreakableLink;
let config: RedisConfig;
let clients: Redis[] = [];

beforeEach(async () => {
  const server = new URL(process.env.FLASHSALE_REDIS_URL ?? 'redis://FLASHSALE_REDIS_URL-is-not-set');
  link = await breakableLink({ host: server.hostname, port: Number(server.port || 6379) });
  server.hostname = '127.0.0.1';
  server.port = String(link.port);
  config = loadConfig({ FLASHSALE_REDIS_URL: server.href }).redis;
});

afterEach(async () => {
  for (const client of clients) client.disconnect();
  clients = [];
  await link.close();
});

async function connected(create: typeof createRedis, log = recordingLog()): Promise<Redis> {
  const client = create(config, log);
  clients.push(client);
  await client.connect();
  return client;
}

async function until(condition: () => boolean | Promise<boolean>, limitMs: number): Promise<void> {
  for (const end = Date.now() + limitMs; !(await condition()); await new Promise((resolve) => setTimeout(resolve, 10)))
    if (Date.now() > end) throw new Error(`not within ${limitMs} ms`);
}

test('away, commands fail at once; back, they work within a second; one line each', async () => {
  const log = recordingLog();
  const redis = await connected(createRedis, log);
  link.cut();
  await until(() => redis.status !== 'ready', 1_000);
  const started = performance.now();
  await expect(redis.get('a')).rejects.toThrow();
  expect(performance.now() - started).toBeLessThan(50);
  // Long enough for several attempts.
  await new Promise((resolve) => setTimeout(resolve, 700));
  link.restore();
  await until(
    () =>
      redis.ping().then(
        () => true,
        () => false,
      ),
    1_000,
  );
  expect(log.lines.map(({ message }) => message)).toEqual(['Redis is away; the service goes on without it', 'Redis is back']);
});

test('a command that is not answered fails after the time-out', async () => {
  const redis = await connected(createRedis);
  link.hang();
  await expect(redis.get('a')).rejects.toThrow('Command timed out');
});

test('what was under way when the connection broke fails, and is not sent again', async () => {
  const redis = await connected(createRedis);
  link.hang();
  const underWay = redis.set('flashsale-test:never', '1', 'PX', 1000);
  link.cut();
  await expect(underWay).rejects.toThrow();
  link.restore();
  await until(
    () =>
      redis.ping().then(
        () => true,
        () => false,
      ),
    1_000,
  );
  expect(await redis.get('flashsale-test:never')).toBeNull();
});

test("a subscription is taken up again, and a failure of that is nobody's end", async () => {
  const subscriber = await connected(createSubscriber);
  const publisher = await connected(createRedis);
  const prefix = `flashsale-test:${Math.random()}:`;
  const heard: string[] = [];
  await onDecided(subscriber, prefix, (ids) => heard.push(...ids));
  link.cut();
  link.restore();
  await until(async () => (await publisher.publish(`${prefix}decided`, 'hello').catch(() => 0)) === 1, 2_000);
  await until(() => heard.includes('hello'), 1_000);
});
