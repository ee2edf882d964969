import { RESERVE_REFUSALS } from '../../../src/domain/refusal.js';
import { confirmed, ID, rejected, reservation, reserved, SKU } from '../../../src/http/fixtures/services.js';
import { PROBLEMS } from '../../../src/http/problem-table.js';
import { reservationJson } from '../../../src/http/reservation-json.js';
import type { Accepted } from '../../../src/ports/admission.js';
import { gate } from '../../../test/support/memory-clock.js';
import { DeadlineError, isProblem, ProblemError } from '../src/flashsale.js';
import { closeAll, rejectionOf, served } from './support/served.js';

afterEach(closeAll);

const ASK = { skuId: SKU, userId: 'alice' };
const queued: Accepted = { kind: 'queued', reservation: reservation(), queue: null, appended: { partition: 0, offset: 1 as never } };
const found = (view = reservation()) => ({ kind: 'found', reservation: view }) as const;

describe('reserve', () => {
  test('waits with the request itself, and answers what holds the units', async () => {
    const { client, requests, reserveRequests, runtime } = await served({ waitForDecision: async () => reserved() });
    expect(await client.reserve(ASK)).toMatchObject({ reservationId: ID, status: 'RESERVED', version: 7 });
    expect(requests).toHaveLength(1);
    expect(requests[0]?.headers.prefer).toBe('wait=10');
    expect(reserveRequests).toMatchObject([{ skuId: SKU, quantity: 1, principal: { userId: 'alice' } }]);
    expect(reserveRequests[0]?.idempotencyKey).toMatch(/^[0-9a-f-]{36}$/);
    expect(runtime.waiting).toBe(0);
  });

  test('undecided by then: asks for the reservation until it is decided', async () => {
    const views = [null, null, reserved()];
    const { client, requests, runtime } = await served({
      readReservation: async () => found(),
      waitForDecision: async () => views.shift() ?? null,
    });
    expect(await client.reserve(ASK)).toMatchObject({ status: 'RESERVED' });
    expect(requests.map(({ method, headers }) => [method, headers.prefer])).toEqual([
      ['POST', 'wait=10'],
      ['GET', 'wait=10'],
      ['GET', 'wait=10'],
    ]);
    // Retry-After: 1, and the jitter on top.
    expect(runtime.pauses).toEqual([1_050]);
  });

  test('a repeat of the same key gets the same reservation, whatever has become of it', async () => {
    const { client } = await served({ accept: async () => ({ kind: 'replayed', reservation: confirmed() }) });
    expect(await client.reserve({ ...ASK, idempotencyKey: 'order-1' })).toMatchObject({ status: 'CONFIRMED' });
  });

  test.each(['in the answer', 'later', 'before'] as const)('refused, and told %s: the reason as an error, with the key', async (when) => {
    const { client } = await served({
      ...(when === 'before' && { accept: async () => ({ kind: 'replayed', reservation: rejected() }) as const }),
      ...(when === 'in the answer' && { waitForDecision: async () => rejected() }),
      readReservation: async () => found(rejected()),
    });
    const error = await rejectionOf(client.reserve({ ...ASK, idempotencyKey: 'order-1' }));
    expect(isProblem(error, 'SOLD_OUT')).toBe(true);
    expect(error).toMatchObject({ status: 409, reservationId: ID, reservationStatus: 'REJECTED', idempotencyKey: 'order-1' });
    expect(error).toMatchObject({ instance: `/v1/reservations/${ID}`, type: expect.stringMatching(/^https?:.+\/problems\/sold-out$/) });
  });

  test.each(RESERVE_REFUSALS.filter((reason) => reason !== 'INVALID_QUANTITY' && reason !== 'KEY_REUSED'))(
    '%s, found out later: said as the service says it at once',
    async (reason) => {
      const { client } = await served({ readReservation: async () => found({ ...rejected(), reason }) });
      const { status, title, meaning } = PROBLEMS[reason];
      expect(await rejectionOf(client.reserve(ASK))).toMatchObject({ code: reason, status, title, detail: meaning });
    },
  );

  test('refused for a reason that only a newer service knows', async () => {
    const body = JSON.stringify({ ...reservationJson(rejected()), reason: 'TOO_LOUD' });
    const { client } = await served({}, { fetch: async () => new Response(body) });
    expect(await rejectionOf(client.reserve(ASK))).toMatchObject({ code: 'TOO_LOUD', status: 409, detail: 'The request was refused.' });
  });

  test('503: again after Retry-After and some, under the same key', async () => {
    const answers: Accepted[] = [{ kind: 'unavailable', retryAfterMs: 2_000 }, { kind: 'unavailable', retryAfterMs: 4_000 }, queued];
    const keys: string[] = [];
    const { client, runtime } = await served({
      accept: async ({ idempotencyKey }) => {
        keys.push(idempotencyKey);
        return answers.shift() as Accepted;
      },
      waitForDecision: async () => reserved(),
    });
    expect(await client.reserve(ASK)).toMatchObject({ status: 'RESERVED' });
    // The service spreads what it says, here to one and a half times.
    expect(runtime.pauses).toEqual([3_050, 6_100]);
    expect(keys).toEqual([keys[0], keys[0], keys[0]]);
  });

  test('taken, and the connection broken before the answer: the same key again, and so one reservation', async () => {
    const known = new Map<string, number>();
    const { client, cut, requests } = await served({
      accept: async ({ idempotencyKey }) => {
        const times = (known.get(idempotencyKey) ?? 0) + 1;
        known.set(idempotencyKey, times);
        if (times === 1) cut();
        return times === 1 ? queued : { kind: 'replayed', reservation: reserved() };
      },
    });
    expect(await client.reserve(ASK)).toMatchObject({ status: 'RESERVED' });
    expect(requests).toHaveLength(2);
    expect([...known.values()]).toEqual([2]);
  });

  test('a process that never answers is given up, and the next one asked', async () => {
    const asked = gate();
    let times = 0;
    const { client, runtime, requests } = await served({
      accept: () => {
        times += 1;
        if (times > 1) return Promise.resolve({ kind: 'replayed', reservation: reserved() });
        asked.open();
        return new Promise(() => undefined);
      },
    });
    let isOver = false;
    const pending = client.reserve(ASK).finally(() => {
      isOver = true;
    });
    await asked.promise;
    // 10 s for the decision that it was asked to wait for, and 10 s to answer.
    runtime.advance(19_999);
    // The deadline and this limit still hold.
    expect(runtime.waiting).toBe(2);
    await new Promise((resolve) => setImmediate(resolve));
    expect([isOver, requests.length]).toEqual([false, 1]);
    runtime.advance(1);
    expect(await pending).toMatchObject({ status: 'RESERVED' });
    expect(requests).toHaveLength(2);
  });

  test('the deadline: what is known of it, and the key to ask again with', async () => {
    const waiting = gate();
    const { client, requests, runtime } = await served({
      readReservation: async () => found(),
      waitForDecision: (_id, _ms, signal) => {
        if (requests.length === 1) return Promise.resolve(null);
        waiting.open();
        return new Promise((resolve) => signal.addEventListener('abort', () => resolve(null)));
      },
    });
    const pending = rejectionOf(client.reserve({ ...ASK, idempotencyKey: 'order-1' }, { deadlineMs: 15_000 }));
    await waiting.promise;
    runtime.advance(15_000);
    const error = await pending;
    expect(error).toBeInstanceOf(DeadlineError);
    expect(error).toMatchObject({ kind: 'deadline', idempotencyKey: 'order-1', reservation: { reservationId: ID, status: 'QUEUED' } });
    expect([requests.length, runtime.waiting]).toEqual([2, 0]);
  });

  test.each(['reserve', 'decided'] as const)('the deadline of %s: the state that was read last', async (call) => {
    const read = gate();
    let reads = 0;
    const { client, runtime } = await served({
      readReservation: async () => {
        reads += 1;
        return found(reservation({ quantity: reads }));
      },
      waitForDecision: () => {
        if (reads < 3) return Promise.resolve(null);
        read.open();
        return new Promise(() => undefined);
      },
    });
    const options = { deadlineMs: 15_000 };
    const pending = rejectionOf(call === 'reserve' ? client.reserve(ASK, options) : client.decided(ID, options));
    await read.promise;
    runtime.advance(15_000);
    expect(await pending).toMatchObject({ kind: 'deadline', reservation: { reservationId: ID, status: 'QUEUED', quantity: 2 } });
  });

  test('the deadline before any answer: nothing is known but the key, one that was made up too', async () => {
    const asked = gate();
    const { client, requests, runtime } = await served({
      accept: () => {
        asked.open();
        return new Promise(() => undefined);
      },
    });
    const pending = rejectionOf(client.reserve(ASK, { deadlineMs: 15_000 }));
    await asked.promise;
    runtime.advance(15_000);
    expect(await pending).toMatchObject({ kind: 'deadline', reservation: null, idempotencyKey: requests[0]?.headers['idempotency-key'] });
  });

  test('no time for another attempt: the failure itself, which says more than a deadline', async () => {
    const { client, runtime } = await served({ accept: async () => ({ kind: 'unavailable', retryAfterMs: 2_000 }) });
    const error = await rejectionOf(client.reserve(ASK, { deadlineMs: 10_000 }));
    expect(error).toBeInstanceOf(ProblemError);
    expect(error).toMatchObject({ code: 'LOG_UNAVAILABLE', retryAfterMs: 3_000, idempotencyKey: expect.any(String) });
    expect(runtime.pauses).toEqual([3_050, 3_100, 3_200]);
  });
});

test('submit does not wait', async () => {
  const { client, requests } = await served();
  expect(await client.submit({ ...ASK, quantity: 2, idempotencyKey: 'order-1' })).toMatchObject({
    status: 'QUEUED',
    quantity: 2,
    queue: { position: 3 },
  });
  expect(requests[0]?.headers).not.toHaveProperty('prefer');
  expect(requests[0]?.headers['idempotency-key']).toBe('order-1');
});

test('submit again, under a key that was taken: the place is not known then', async () => {
  const { client } = await served({ accept: async () => ({ kind: 'replayed', reservation: reservation() }) });
  expect(await client.submit(ASK)).toMatchObject({ status: 'QUEUED', queue: null });
});
