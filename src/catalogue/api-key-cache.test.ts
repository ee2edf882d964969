import { gate } from '../../test/support/memory-clock.js';
import { cachedApiKeys } from './api-key-cache.js';
import type { ApiKey } from './api-keys.js';

const shop: ApiKey = { name: 'shop', scopes: ['reserve'] };

/** A sleep that nobody has the time to see the end of. */
const whenAborted = (signal?: AbortSignal): Promise<void> => new Promise((resolve) => signal?.addEventListener('abort', () => resolve()));

function setUp(answers: Record<string, ApiKey | null | Error>, maxEntries?: number) {
  const asked: string[] = [];
  const time = { now: 0 };
  const find = async (hash: string) => {
    asked.push(hash);
    const answer = answers[hash] ?? null;
    if (answer instanceof Error) throw answer;
    return answer;
  };
  const clock = { monotonic: () => time.now, sleep: (_: number, signal?: AbortSignal) => whenAborted(signal) };
  return { asked, time, answers, lookUp: cachedApiKeys({ find, clock, ...(maxEntries && { maxEntries }) }) };
}

test('many at once ask once, for keys and for what is none', async () => {
  const { asked, lookUp } = setUp({ a: shop });
  expect(await Promise.all([lookUp('a'), lookUp('b'), lookUp('a'), lookUp('b')])).toEqual([shop, null, shop, null]);
  expect(asked).toEqual(['a', 'b']);
});

test('a revoked key works for 3 s at most', async () => {
  const { time, answers, lookUp } = setUp({ a: shop });
  await lookUp('a');
  answers.a = null;
  time.now = 2_999;
  expect(await lookUp('a')).toEqual(shop);
  time.now = 3_000;
  expect(await lookUp('a')).toBeNull();
});

test('a failure is passed on and not kept', async () => {
  const { answers, lookUp } = setUp({ a: new Error('gone') });
  await expect(lookUp('a')).rejects.toThrow('gone');
  answers.a = shop;
  expect(await lookUp('a')).toEqual(shop);
});

test('a flood of wrong keys takes no more room than set', async () => {
  const { asked, lookUp } = setUp({ a: shop }, 10);
  await lookUp('a');
  for (let i = 0; i < 10; i++) await lookUp(`wrong-${i}`);
  await lookUp('wrong-9');
  expect(asked).toHaveLength(11);
  await lookUp('a');
  expect(asked).toHaveLength(12);
});

test('whoever was let in stays in while the database is away, and nobody else gets in', async () => {
  const { time, answers, lookUp } = setUp({ a: shop });
  await lookUp('a');
  answers.a = new Error('gone');
  answers.b = new Error('gone');
  time.now = 10_000;
  expect(await lookUp('a')).toEqual(shop);
  time.now = 20_000;
  expect(await lookUp('a')).toEqual(shop);
  await expect(lookUp('b')).rejects.toThrow('gone');
});

test('a database that hangs holds up nobody who was let in before, and what it says at last counts', async () => {
  const time = { now: 0 };
  const answers = [Promise.resolve<ApiKey | null>(shop)];
  const [hanging, slept] = [gate<ApiKey | null>(), [] as number[]];
  answers.push(hanging.promise);
  const sleep = async (ms: number): Promise<void> => void slept.push(ms);
  const lookUp = cachedApiKeys({ find: () => answers.shift() as Promise<ApiKey | null>, clock: { monotonic: () => time.now, sleep } });
  await lookUp('a');
  time.now = 3_000;
  expect(await lookUp('a')).toEqual(shop);
  expect(slept).toEqual([250]);
  hanging.open(null);
  await hanging.promise;
  expect(await lookUp('a')).toBeNull();
});
