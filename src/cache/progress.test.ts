import { randomBytes } from 'node:crypto';
import { Redis } from 'ioredis';
import { hintKeys } from './keys.js';
import { readProgress } from './progress.js';

const url = process.env.FLASHSALE_REDIS_URL ?? '';
const prefix = `test-${process.pid}-${randomBytes(4).toString('hex')}:`;
const redis = new Redis(url, { lazyConnect: true });

beforeAll(() => redis.connect());
afterAll(async () => {
  await redis.del(hintKeys(prefix).progress(1));
  redis.disconnect();
});

test('what each writer said last, and how long ago by Redis; one that said nothing is missing', async () => {
  const [seconds] = await redis.time();
  await redis.hset(hintKeys(prefix).progress(1), { next: 41, rate: 1234, at: Number(seconds) * 1_000 - 3_000 });
  const progress = await readProgress(redis, prefix, [0, 1]);
  expect([...progress.keys()]).toEqual([1]);
  expect(progress.get(1)).toMatchObject({ nextOffset: 41, ratePerSecond: 1234 });
  const age = progress.get(1)?.ageMs ?? 0;
  expect(age).toBeGreaterThanOrEqual(3_000);
  expect(age).toBeLessThan(20_000);
});

test('a Redis that does not answer is an error', async () => {
  const away = new Redis({ host: '127.0.0.1', port: 1, lazyConnect: true, enableOfflineQueue: false, retryStrategy: () => null });
  away.on('error', () => undefined);
  await expect(readProgress(away, prefix, [0])).rejects.toThrow();
});
