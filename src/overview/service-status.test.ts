import { hurriedClock } from '../../test/support/memory-clock.js';
import type { Offset } from '../domain/ids.js';
import type { SaleState } from '../ports/operations.js';
import { createServiceStatus, type StatusDependencies } from './service-status.js';

const SALE: SaleState = { state: 'RUNNING', since: 1, reason: null, changedBy: null };
const offset = (n: number): Offset => n as Offset;
const never = (): Promise<never> => new Promise(() => undefined);

/** Time stands until somebody waits for what does not come. */
function statusOf(change: Partial<StatusDependencies> = {}) {
  const unanswered: string[] = [];
  const clock = { ...hurriedClock(), sleep: () => new Promise<void>((resolve) => setTimeout(resolve, 20)) };
  const ask = createServiceStatus({
    partitionCount: 2,
    clock,
    breakers: () => ({ redis: false }),
    takesReservations: () => true,
    onUnanswered: (question) => void unanswered.push(question),
    logEnds: async () => new Map([0, 1].map((partition) => [partition, offset(100 + partition)])),
    owners: async () => new Map([[0, { member: 'm-0', host: '10.0.0.7' }]]),
    positions: async () => [{ partition: 0, nextOffset: offset(90), fingerprint: null, appliedThrough: 5 }],
    progress: async () =>
      new Map([
        [0, { nextOffset: offset(90), ratePerSecond: 1234.4, ageMs: 2_000 }],
        [1, { nextOffset: offset(1), ratePerSecond: 99, ageMs: 2_001 }],
      ]),
    sale: async () => SALE,
    deadLetters: async () => ({ waiting: 3, oldestStoredAt: 7 }),
    ...change,
  });
  return { ask, unanswered };
}

const FIRST = {
  partition: 0,
  logEnd: 100,
  position: 90,
  lag: 10,
  appliedThrough: 5,
  decisionsPerSecond: 1234,
  owner: { member: 'm-0', host: '10.0.0.7' },
};
const SECOND = { partition: 1, logEnd: 101, position: null, lag: 101, appliedThrough: null, decisionsPerSecond: 0, owner: null };

test('what every server says, in one answer', async () => {
  const { ask, unanswered } = statusOf();
  expect(await ask()).toEqual({
    ...{ asOf: expect.any(Number), backlog: 111, decisionsPerSecond: 1234, partitions: [FIRST, SECOND], sale: SALE },
    ...{ deadLetters: { waiting: 3, oldestStoredAt: 7 }, breakers: { redis: false }, takesReservations: true, unanswered: [] },
  });
  expect(unanswered).toEqual([]);
});

test('asked again it looks again, and keeps no timer of the time before', async () => {
  let [at, timers] = [90, 0];
  const { ask } = statusOf({
    clock: {
      ...hurriedClock(),
      sleep: (_ms, signal) => {
        timers += 1;
        return new Promise<void>((resolve) => signal?.addEventListener('abort', () => resolve(void timers--)));
      },
    },
    positions: async () => [{ partition: 0, nextOffset: offset(at), fingerprint: null, appliedThrough: 5 }],
  });
  expect((await ask()).partitions[0]?.position).toBe(90);
  at = 95;
  expect((await ask()).partitions[0]?.position).toBe(95);
  expect(timers).toBe(0);
});

const QUESTIONS = ['logEnds', 'owners', 'positions', 'progress', 'sale', 'deadLetters'] as const;

test.each(
  QUESTIONS.flatMap((question) => [
    [question, 'refuses', () => Promise.reject(new Error('away'))] as const,
    [question, 'is silent', never] as const,
  ]),
)('%s %s: it is named, its figures are null, and the rest is there', async (question, _, answer) => {
  const { ask, unanswered } = statusOf({ [question]: answer });
  const found = await ask();
  expect([found.unanswered, unanswered]).toEqual([[question], [question]]);
  const { sale, deadLetters, backlog, decisionsPerSecond, partitions } = found;
  expect({ sale, deadLetters, backlog, decisionsPerSecond }).toEqual({
    sale: question === 'sale' ? null : SALE,
    deadLetters: question === 'deadLetters' ? null : { waiting: 3, oldestStoredAt: 7 },
    backlog: question === 'logEnds' || question === 'positions' ? null : 111,
    decisionsPerSecond: question === 'progress' ? null : 1234,
  });
  expect(partitions[0]).toEqual({
    ...FIRST,
    ...(question === 'logEnds' && { logEnd: null, lag: null }),
    ...(question === 'positions' && { position: null, lag: null, appliedThrough: null }),
    ...(question === 'owners' && { owner: null }),
    ...(question === 'progress' && { decisionsPerSecond: null }),
  });
});

test('a server that is silent is asked once, whoever wants to know', async () => {
  let asked = 0;
  const { ask } = statusOf({
    owners: () => {
      asked += 1;
      return never();
    },
  });
  const all = await Promise.all([ask(), ask()]);
  expect([...all, await ask()].map(({ unanswered }) => unanswered)).toEqual([['owners'], ['owners'], ['owners']]);
  expect(asked).toBe(1);
});

test('with everything away there is an answer', async () => {
  const { ask } = statusOf(Object.fromEntries(QUESTIONS.map((question) => [question, never])));
  expect((await ask()).unanswered).toEqual([...QUESTIONS].sort());
});
