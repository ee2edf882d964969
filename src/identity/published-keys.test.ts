import { compactVerify } from 'jose';
import { IdentityProvider } from '../../test/support/identity-provider.js';
import { KeysUnavailable, PublishedKeys } from './published-keys.js';

const COOLDOWN_MS = 10_000;
const REFRESH_MS = 300_000;
let provider: IdentityProvider;

beforeEach(async () => {
  provider = await IdentityProvider.start({ alg: 'ES256' });
});
afterEach(() => provider.close());

/** Over a publisher in memory that counts, and a clock that is set. */
function setUp() {
  const state = {
    now: 0,
    fetches: 0,
    answer: async (): Promise<unknown> => provider.keySet(),
    failures: [] as unknown[],
    slept: [] as number[],
  };
  const keys = new PublishedKeys({
    fetch: () => {
      state.fetches += 1;
      return state.answer();
    },
    clock: {
      monotonic: () => state.now,
      sleep: async (ms) => {
        state.slept.push(ms);
        state.now += ms;
      },
    },
    refreshMs: REFRESH_MS,
    cooldownMs: COOLDOWN_MS,
    onFetched: (failure) => void state.failures.push(failure),
  });
  const check = (token: string) => compactVerify(token, keys.find);
  return { state, keys, check };
}

const down = async (): Promise<never> => {
  throw new Error('down');
};
const NO_KEY = { code: 'ERR_JWKS_NO_MATCHING_KEY' };

test('fetched once for all who come at once, and not again', async () => {
  const { state, check } = setUp();
  const token = await provider.token('ann');
  await Promise.all(Array.from({ length: 50 }, () => check(token)));
  await check(token);
  expect(state.fetches).toBe(1);
});

test('a new key is found at once, and a flood of unknown ones costs one fetch a cool-down', async () => {
  const { state, check } = setUp();
  await check(await provider.token('ann'));
  const madeUp = await Promise.all(Array.from({ length: 100 }, (_, n) => provider.token('ann', {}, { kid: `made-up-${n}` })));
  for (const token of madeUp) await expect(check(token)).rejects.toMatchObject(NO_KEY);
  expect(state.fetches).toBe(1);
  await provider.addKey();
  state.now += COOLDOWN_MS;
  await check(await provider.token('ann'));
  expect(state.fetches).toBe(2);
  for (const token of madeUp) await expect(check(token)).rejects.toMatchObject(NO_KEY);
  expect(state.fetches).toBe(2);
  state.now += COOLDOWN_MS - 1;
  await Promise.allSettled(madeUp.map(check));
  expect(state.fetches).toBe(2);
  state.now += 1;
  await Promise.allSettled(madeUp.map(check));
  expect(state.fetches).toBe(3);
});

test('with the publisher away known keys go on, unknown ones cannot be told, and it is not asked more often', async () => {
  const { state, check } = setUp();
  const token = await provider.token('ann');
  await check(token);
  state.answer = down;
  state.now += 10 * REFRESH_MS;
  await provider.addKey();
  const newer = await provider.token('ann');
  for (let n = 0; n < 20; n++) await expect(check(newer)).rejects.toBeInstanceOf(KeysUnavailable);
  await check(token);
  expect(state.fetches).toBe(2);
  state.answer = async () => provider.keySet();
  state.now += COOLDOWN_MS;
  await check(newer);
  expect(state.failures).toEqual([null, expect.any(Error), null]);
});

test('before the first fetch nobody can be told', async () => {
  const { state, check } = setUp();
  state.answer = down;
  const token = await provider.token('ann');
  await expect(check(token)).rejects.toBeInstanceOf(KeysUnavailable);
  await expect(check(token)).rejects.toBeInstanceOf(KeysUnavailable);
  expect(state.fetches).toBe(1);
});

test.each([
  ['nothing', null],
  ['a text', 'keys'],
  ['no set', {}],
  ['a set of nothing', { keys: [] }],
  ['a list of what is no key', { keys: [1] }],
])('%s is no set of keys: the ones before stay', async (_what, answer) => {
  const { state, check } = setUp();
  const token = await provider.token('ann');
  await check(token);
  state.answer = async () => answer;
  state.now += COOLDOWN_MS;
  await expect(check(await provider.token('ann', {}, { kid: 'new' }))).rejects.toBeInstanceOf(KeysUnavailable);
  await check(token);
});

test('kept fresh: a withdrawn key is good no longer than a refresh, and a failure is made good after the cool-down', async () => {
  const { state, keys, check } = setUp();
  const ending = new AbortController();
  const token = await provider.token('ann');
  await provider.addKey();
  const answers = [async () => provider.keySet(), down, down, async () => provider.keySet()];
  state.answer = () => {
    const answer = answers[state.fetches - 1];
    if (state.fetches === 3) provider.withdrawOldKeys();
    if (state.fetches === answers.length) ending.abort();
    return answer!();
  };
  await keys.keepFresh(ending.signal);
  expect(state.slept).toEqual([REFRESH_MS, COOLDOWN_MS, COOLDOWN_MS, REFRESH_MS]);
  state.answer = async () => provider.keySet();
  await expect(check(token)).rejects.toMatchObject(NO_KEY);
});
