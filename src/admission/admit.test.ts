import { jest } from '@jest/globals';
import { reserveOf } from '../../test/support/memory-log.js';
import { systemClock } from '../connections/clock.js';
import type { Offset } from '../domain/ids.js';
import type { AdmissionAnswer, AdmissionRequest } from '../ports/hints.js';
import { createAdmission } from './admit.js';
import { guard } from './breaker.js';
import { queuePlace } from './queue-place.js';

const ask = (user: string): AdmissionRequest => {
  const { reservationId, idempotencyKeyHash: keyHash, skuId, quantity } = reserveOf('hot', user);
  return { reservationId, keyHash, skuId, quantity, buyer: user, isQueueTooLong: user === 'late' };
};
const unguarded = <T>(call: () => Promise<T>): Promise<T> => call();
const REFUSED: AdmissionAnswer = { kind: 'refused', reason: 'SOLD_OUT', retryAfterMs: 5 };

describe('the door', () => {
  it('asks once for all of a turn, and counts each answer', async () => {
    const calls: number[] = [];
    const results: string[] = [];
    const admit = createAdmission({
      cache: {
        async admit(requests) {
          calls.push(requests.length);
          return requests.map((_, at): AdmissionAnswer => (at === 0 ? REFUSED : { kind: 'admitted' }));
        },
      },
      guarded: unguarded,
      onResult: (result) => results.push(result),
    });
    const answers = await Promise.all(['ann', 'bob', 'cy'].map((user) => admit(ask(user))));
    expect(answers).toEqual([REFUSED, { kind: 'admitted' }, { kind: 'admitted' }]);
    expect([calls, results]).toEqual([[3], ['refused', 'miss', 'miss']]);
  });

  it('lets nobody in without Redis for whom the queue is too long', async () => {
    const results: string[] = [];
    const cache = { admit: () => Promise.reject(new Error('away')) };
    const admit = createAdmission({ cache, guarded: unguarded, onResult: (result) => results.push(result) });
    expect(await Promise.all([admit(ask('ann')), admit(ask('late'))])).toEqual([{ kind: 'admitted' }, { kind: 'too-long' }]);
  });

  it.each<[string, () => Promise<AdmissionAnswer[]>]>([
    ['fails', () => Promise.reject(new Error('away'))],
    ['answers too little', async () => []],
  ])('lets everything in when Redis %s: the writer decides', async (_, answer) => {
    const results: string[] = [];
    const admit = createAdmission({ cache: { admit: answer }, guarded: unguarded, onResult: (result) => results.push(result) });
    expect(await Promise.all([admit(ask('ann')), admit(ask('bob'))])).toEqual([{ kind: 'admitted' }, { kind: 'admitted' }]);
    expect(results).toEqual(['bypassed', 'bypassed']);
  });
});

describe('the breaker', () => {
  beforeEach(() => jest.useFakeTimers());
  afterEach(() => jest.useRealTimers());
  const failing = (): Promise<never> => Promise.reject(new Error('away'));

  it('opens after failures, fails at once without a call, and closes when a trial succeeds', async () => {
    const states: boolean[] = [];
    let calls = 0;
    const guarded = guard({ name: 'redis', timeoutMs: 50, resetMs: 1_000, onState: (open) => states.push(open) });
    const counted = <T>(answer: () => Promise<T>): Promise<T> =>
      guarded(() => {
        calls += 1;
        return answer();
      });
    expect(await counted(async () => 'fine')).toBe('fine');
    for (let call = 0; call < 8; call += 1) await expect(counted(failing)).rejects.toThrow();
    expect(states).toEqual([true]);
    const callsWhenOpen = calls;
    await expect(counted(async () => 'fine')).rejects.toThrow('Breaker is open');
    expect(calls).toBe(callsWhenOpen);
    await jest.advanceTimersByTimeAsync(1_001);
    expect(await counted(async () => 'back')).toBe('back');
    expect(states).toEqual([true, false]);
  });

  it('one failure at a quiet hour does not open it', async () => {
    const states: boolean[] = [];
    const guarded = guard({ name: 'redis', timeoutMs: 50, resetMs: 1_000, onState: (open) => states.push(open) });
    await expect(guarded(failing)).rejects.toThrow('away');
    expect(await guarded(async () => 1)).toBe(1);
    expect(states).toEqual([]);
  });

  it('does not wait for a call that takes too long', async () => {
    const guarded = guard({ name: 'redis', timeoutMs: 50, resetMs: 1_000, onState: () => undefined });
    const slow = guarded(() => systemClock.sleep(10_000)).catch((error: Error) => error.message);
    await jest.advanceTimersByTimeAsync(51);
    expect(await slow).toContain('Timed out');
  });
});

describe('a place in the queue', () => {
  const at = (offset: number, next: number, ratePerSecond: number, ageMs = 0) =>
    queuePlace({ partition: 0, offset: offset as Offset }, { nextOffset: next as Offset, ratePerSecond, ageMs });

  it.each([
    ['none without a word from the writer', queuePlace({ partition: 0, offset: 5 as Offset }, undefined), null],
    ['by the rate', at(150, 100, 200), { position: 50, estimatedWaitMs: 250 }],
    ['decided by now', at(99, 100, 200), { position: 0, estimatedWaitMs: 0 }],
    ['whole milliseconds', at(101, 100, 300), { position: 1, estimatedWaitMs: 4 }],
    ['no rate yet', at(110, 100, 0), { position: 10, estimatedWaitMs: 10 }],
    ['the writer stands still', at(110, 100, 100, 2_001), { position: 10, estimatedWaitMs: 2_101 }],
    ['nothing to do is not standing still', at(100, 100, 100, 60_000), { position: 0, estimatedWaitMs: 0 }],
    ['two seconds are not yet long', at(110, 100, 100, 2_000), { position: 10, estimatedWaitMs: 100 }],
  ])('%s', (_, place, expected) => expect(place).toEqual(expected));
});
