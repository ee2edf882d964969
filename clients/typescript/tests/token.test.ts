import { getEventListeners } from 'node:events';
import { ID, reserved, SHOP_KEY, SKU } from '../../../src/http/fixtures/services.js';
import { gate } from '../../../test/support/memory-clock.js';
import { ConnectionError, DeadlineError, TokenError } from '../src/flashsale.js';
import { tokenOf } from '../src/token.js';
import { closeAll, rejectionOf, served } from './support/served.js';

afterEach(closeAll);

const ASK = { skuId: SKU, userId: 'alice', idempotencyKey: 'order-1' };
const found = { readReservation: async () => ({ kind: 'found', reservation: reserved() }) as const };

test('is made anew for each request', async () => {
  let made = 0;
  const { client, requests } = await served({}, { token: async () => `token-${++made}` });
  await rejectionOf(client.get(ID));
  await rejectionOf(client.get(ID));
  expect(requests.map(({ headers }) => headers.authorization)).toEqual(['Bearer token-1', 'Bearer token-2']);
});

test('that takes too long: the deadline ends it', async () => {
  const asked = gate();
  const token = (): Promise<string> => {
    asked.open();
    return new Promise(() => undefined);
  };
  const { client, runtime, requests } = await served({}, { token });
  const error = rejectionOf(client.reserve(ASK, { deadlineMs: 15_000 }));
  await asked.promise;
  runtime.advance(15_000);
  expect(await error).toBeInstanceOf(DeadlineError);
  expect(await error).toMatchObject({ idempotencyKey: 'order-1', reservation: null });
  expect([runtime.waiting, requests]).toEqual([0, []]);
});

test('that takes longer than an attempt may: is waited for, since it is not the service that is slow', async () => {
  const [asked, made] = [gate(), gate()];
  let times = 0;
  const token = async (): Promise<string> => {
    times += 1;
    asked.open();
    await made.promise;
    return SHOP_KEY;
  };
  const { client, runtime } = await served(found, { token });
  const pending = client.get(ID);
  await asked.promise;
  runtime.advance(40_000);
  made.open();
  expect(await pending).toMatchObject({ status: 'RESERVED' });
  expect(times).toBe(1);
});

test('leaves nothing on the signal that it was waited for with, and ends with its reason', async () => {
  const aborting = new AbortController();
  const { signal } = aborting;
  expect(await tokenOf(async () => 'a token', signal)).toBe('a token');
  await rejectionOf(tokenOf(async () => Promise.reject(new Error('away')), signal));
  expect(getEventListeners(signal, 'abort')).toEqual([]);
  const pending = rejectionOf(tokenOf(() => new Promise(() => undefined), signal));
  const reason = new Error('left');
  aborting.abort(reason);
  expect(await pending).toBe(reason);
});

describe('that cannot be had: a TokenError with the cause, at once', () => {
  const away = new Error('the identity provider is away');
  const fails: [string, () => Promise<string>, unknown][] = [
    ['rejected', async () => Promise.reject(away), away],
    [
      'thrown',
      () => {
        throw away;
      },
      away,
    ],
    ['an error that would be tried again were it ours', async () => Promise.reject(new ConnectionError('x')), new ConnectionError('x')],
    ['no Error at all', async () => Promise.reject('nobody is logged in'), 'nobody is logged in'],
  ];

  test.each(fails)('%s', async (_, token, cause) => {
    let times = 0;
    const counted = (): Promise<string> => {
      times += 1;
      return token();
    };
    const { client, requests, runtime } = await served(found, { token: counted });
    const errors = [
      await rejectionOf(client.reserve(ASK)),
      await rejectionOf(client.extend(ID, { idempotencyKey: 'order-1' })),
      await rejectionOf(client.get(ID)),
      await rejectionOf(client.watch(ID).next()),
    ];
    for (const error of errors) {
      expect(error).toBeInstanceOf(TokenError);
      expect(error).toMatchObject({ kind: 'token', cause, message: expect.stringMatching(/^no token: (the identity|x$|nobody)/) });
    }
    expect(errors).toMatchObject([{ idempotencyKey: 'order-1' }, { idempotencyKey: 'order-1' }, {}, {}]);
    expect([times, requests, runtime.pauses, runtime.waiting]).toEqual([4, [], [], 0]);
  });
});
