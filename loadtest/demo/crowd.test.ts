import type { Ask } from './buyers.js';
import { answerOf, arrive } from './crowd.js';
import type { Reply } from './shop.js';
import { Tally } from './tally.js';

const ask: Ask = { skuId: 's', userId: 'u', quantity: 1, idempotencyKey: 'k', dueMs: 0, isRepeat: false };
const accepted = (reservationId = 'r'): Reply => ({ status: 202, body: { reservationId, status: 'QUEUED' }, retryAfter: 1 });
const unavailable: Reply = { status: 503, body: { code: 'LOG_UNAVAILABLE' }, retryAfter: 0.01 };
const { signal } = new AbortController();

function shopThatAnswers(...replies: (Reply | Error)[]) {
  const asked: Ask[] = [];
  return {
    asked,
    reserve: async (request: Ask): Promise<Reply> => {
      asked.push(request);
      const reply = replies[asked.length - 1];
      if (reply === undefined) throw new Error('asked too often');
      if (reply instanceof Error) throw reply;
      return reply;
    },
    decided: async (): Promise<never> => ({}) as never,
  };
}

describe('what an answer means', () => {
  it.each<[number, unknown, ReturnType<typeof answerOf>]>([
    [202, { reservationId: 'r', status: 'QUEUED' }, { kind: 'accepted', reservationId: 'r' }],
    [200, { reservationId: 'r', status: 'RESERVED' }, { kind: 'replayed', reservationId: 'r' }],
    [409, { code: 'SOLD_OUT' }, { kind: 'refused', code: 'SOLD_OUT' }],
    [400, 'no problem document', { kind: 'refused', code: 'HTTP_400' }],
    [429, { code: 'TOO_MANY_REQUESTS' }, null],
    [503, { code: 'LOG_UNAVAILABLE' }, null],
    [500, '', null],
  ])('%i', (status, body, expected) => expect(answerOf({ status, body, retryAfter: null })).toEqual(expected));

  it('a 202 without a reservation breaks the contract', () =>
    expect(() => answerOf({ status: 202, body: {}, retryAfter: null })).toThrow());
});

describe('a buyer', () => {
  it('tries again with the same key after 503 and after a broken connection', async () => {
    const shop = shopThatAnswers(unavailable, Object.assign(new Error('reset'), { code: 'ECONNRESET' }), accepted());
    const tally = new Tally();
    await arrive([ask], shop, tally, signal);
    expect(shop.asked).toEqual([ask, ask, ask]);
    expect(tally.accepted).toBe(1);
    expect([...tally.retries]).toEqual([
      ['503 LOG_UNAVAILABLE', 1],
      ['ECONNRESET', 1],
    ]);
  });

  it('takes a refusal as final', async () => {
    const tally = new Tally();
    await arrive([ask], shopThatAnswers({ status: 409, body: { code: 'SOLD_OUT' }, retryAfter: null }), tally, signal);
    expect(tally.answered).toBe(1);
    expect([...tally.refusedAtTheDoor]).toEqual([['SOLD_OUT', 1]]);
  });
});

describe('a key', () => {
  it('that gets the same reservation again is counted once', async () => {
    const tally = new Tally();
    await arrive([ask, { ...ask, isRepeat: true }], shopThatAnswers(accepted(), accepted()), tally, signal);
    expect(tally).toMatchObject({ accepted: 2, repeats: 1, keysWithTwoIds: 0 });
    expect(tally.acceptedIds.size).toBe(1);
  });

  it('that gets another reservation is noticed', async () => {
    const tally = new Tally();
    await arrive([ask, { ...ask, isRepeat: true }], shopThatAnswers(accepted('r'), accepted('other')), tally, signal);
    expect(tally.keysWithTwoIds).toBe(1);
  });
});

it('requests go out when they are due, not when the one before is answered', async () => {
  const tally = new Tally();
  const slow = { ...shopThatAnswers(), reserve: () => new Promise<Reply>((resolve) => setTimeout(resolve, 200, accepted())) };
  const began = performance.now();
  await arrive(
    [0, 10, 20].map((dueMs) => ({ ...ask, dueMs })),
    slow,
    tally,
    signal,
  );
  expect(performance.now() - began).toBeLessThan(400);
  expect(tally.accepted).toBe(3);
});
