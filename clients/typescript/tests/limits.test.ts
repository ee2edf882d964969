import { getEventListeners } from 'node:events';
import { jest } from '@jest/globals';
import { ID, rejected, reservation, reserved, SKU } from '../../../src/http/fixtures/services.js';
import { reservationJson } from '../../../src/http/reservation-json.js';
import { FlashsaleClient, isProblem } from '../src/flashsale.js';
import { systemRuntime } from '../src/runtime.js';
import { closeAll, rejectionOf, served } from './support/served.js';

afterEach(closeAll);

const ASK = { skuId: SKU, userId: 'alice' };
/** The longest that setTimeout can wait. */
const TIMER_MAX_MS = 2 ** 31 - 1;

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('a sleep that is longer than a timer can be', () => {
  beforeEach(() => {
    jest.useFakeTimers();
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  test.each([TIMER_MAX_MS, TIMER_MAX_MS + 1, 3 * TIMER_MAX_MS + 5])('%i ms: that long, to the millisecond', async (ms) => {
    let isOver = false;
    const { signal } = new AbortController();
    systemRuntime.sleep(ms, signal).then(
      () => {
        isOver = true;
      },
      () => undefined,
    );
    await jest.advanceTimersByTimeAsync(ms - 1);
    expect(isOver).toBe(false);
    await jest.advanceTimersByTimeAsync(1);
    expect([isOver, getEventListeners(signal, 'abort')]).toEqual([true, []]);
  });

  test('Infinity: until it is aborted, and no timer stays', async () => {
    const aborting = new AbortController();
    const slept = rejectionOf(systemRuntime.sleep(Number.POSITIVE_INFINITY, aborting.signal));
    await jest.advanceTimersByTimeAsync(2 * TIMER_MAX_MS);
    aborting.abort(new Error('enough'));
    expect(await slept).toEqual(new Error('enough'));
    expect([jest.getTimerCount(), getEventListeners(aborting.signal, 'abort')]).toEqual([0, []]);
  });
});

describe('deadlineMs and attemptTimeoutMs', () => {
  const limits = { deadlineMs: Number.POSITIVE_INFINITY, attemptTimeoutMs: 2 ** 40 };

  test('as long as one likes, with the timers of the system', async () => {
    const { client } = await served({ waitForDecision: async () => reserved() }, { runtime: systemRuntime, ...limits });
    expect(await client.reserve(ASK)).toMatchObject({ status: 'RESERVED' });
    expect(isProblem(await rejectionOf(client.get(ID, { deadlineMs: 2 ** 31 })), 'NOT_FOUND')).toBe(true);
  });

  test.each([Number.NaN, 0, -1, '500' as unknown as number])(
    '%p is none: a RangeError that names the option, and nothing is sent',
    async (ms) => {
      const { client, requests } = await served();
      const wrong = { deadlineMs: ms };
      const faults = [
        await rejectionOf(client.reserve(ASK, wrong)),
        await rejectionOf(client.submit(ASK, wrong)),
        await rejectionOf(client.decided(ID, wrong)),
        await rejectionOf(client.extend(ID, wrong)),
        await rejectionOf(client.availability(SKU, wrong)),
        await rejectionOf(client.list({}, wrong).next()),
        await rejectionOf(client.watch(ID, wrong).next()),
      ];
      const fault = expect.objectContaining({ name: 'RangeError', message: expect.stringContaining('deadlineMs') });
      expect(faults).toEqual(faults.map(() => fault));
      expect(requests).toEqual([]);
      const made = { baseUrl: 'http://x', token: 't' };
      expect(() => new FlashsaleClient({ ...made, deadlineMs: ms })).toThrow(/^deadlineMs .* above 0/);
      expect(() => new FlashsaleClient({ ...made, attemptTimeoutMs: ms })).toThrow(/^attemptTimeoutMs .* above 0/);
    },
  );

  test('a signal that outlives its calls keeps no listener of them', async () => {
    const { client } = await served({ readReservation: async () => ({ kind: 'found', reservation: rejected() }) });
    const { signal } = new AbortController();
    await client.get(ID, { signal });
    await rejectionOf(client.confirm('no id', 'pi_1', { signal }));
    for await (const _ of client.list({}, { signal }));
    for await (const _ of client.watch(ID, { signal }));
    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });
});

describe('when to come back, as a server says it', () => {
  const unavailable = (retryAfter: string) => new Response('{}', { status: 503, headers: { 'Retry-After': retryAfter } });
  const PAST = 'Wed, 01 Jan 2020 00:00:00 GMT';
  const FAR = 'Fri, 01 Jan 2100 00:00:00 GMT';

  test('a date', async () => {
    const { client } = await served({}, { fetch: async () => unavailable(new Date(Date.now() + 3_600_000).toUTCString()) });
    const { retryAfterMs } = (await rejectionOf(client.get(ID))) as { retryAfterMs: number };
    expect(retryAfterMs).toBeGreaterThan(3_500_000);
    expect(retryAfterMs).toBeLessThanOrEqual(3_600_000);
  });

  test.each(['soon', PAST, '0'])('%s: at once, and seldom', async (retryAfter) => {
    const { client, runtime } = await served({}, { fetch: async () => unavailable(retryAfter), deadlineMs: 30_000 });
    expect(await rejectionOf(client.get(ID))).toMatchObject({ retryAfterMs: retryAfter === 'soon' ? null : 0 });
    expect(runtime.pauses).toEqual([50, 100, 200, 400, 800, 1_600, ...Array(10).fill(2_500)]);
  });

  test.each([
    ['a day', '86400'],
    ['a figure that is none', '9'.repeat(400)],
    ['a far date', FAR],
  ])('%s, without a deadline: five minutes, and some', async (_, retryAfter) => {
    const answers = [unavailable(retryAfter), new Response(JSON.stringify(reservationJson(reserved())))];
    const { client, runtime } = await served({}, { fetch: async () => answers.shift() as Response, deadlineMs: Number.POSITIVE_INFINITY });
    const pending = client.get(ID);
    while (runtime.limits.length < 2) await turn();
    expect(runtime.limits).toEqual([10_000, 300_050]);
    runtime.advance(300_050);
    expect(await pending).toMatchObject({ status: 'RESERVED' });
  });

  test.each([
    ['a day', '86400000'],
    ['a figure that is none', '9'.repeat(400)],
  ])('%s, said by a stream: five minutes, and some', async (_, retry) => {
    const headers = { 'Content-Type': 'text/event-stream' };
    const answers = [new Response(`retry: ${retry}\n\n`, { headers }), new Response(null, { status: 204 })];
    const { client, runtime } = await served({}, { fetch: async () => answers.shift() as Response });
    const pending = client.watch(ID).next();
    // Silence is watched for twice: from the request, and from its answer.
    while (runtime.limits.filter((ms) => ms !== 45_000).length === 0) await turn();
    expect(runtime.limits.at(-1)).toBe(300_050);
    runtime.advance(300_050);
    expect(await pending).toEqual({ done: true, value: undefined });
  });

  test('undecided, and asked again at once: not before half a second', async () => {
    const answers = [reservation(), reservation(), reservation(), reserved()].map(
      (view) => new Response(JSON.stringify(reservationJson(view)), { headers: { 'Retry-After': '0' } }),
    );
    const { client, runtime } = await served({}, { fetch: async () => answers.shift() as Response });
    expect(await client.reserve(ASK)).toMatchObject({ status: 'RESERVED' });
    expect(runtime.pauses).toEqual([550, 550]);
  });
});
