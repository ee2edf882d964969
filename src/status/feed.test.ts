import { jest } from '@jest/globals';
import { aRow } from '../../test/support/domain.js';
import { gate } from '../../test/support/memory-clock.js';
import { systemClock } from '../connections/clock.js';
import type { ReservationId } from '../domain/ids.js';
import type { ReservationView } from '../ports/hints.js';
import { createFeed, type ReservationFeed } from './feed.js';

const ROW = aRow({ user: 'ann' });
const ID = ROW.reservationId;
const QUEUED: ReservationView = { ...ROW, status: 'QUEUED', sequence: null, version: 0, decidedAt: null, expiresAt: null };

let known: ReservationView | null;
let heard: boolean;
let peeks: ReservationId[];
let beforePeek: () => Promise<void>;
let told: ReservationView[];
let feed: ReservationFeed;
const tell = (view: ReservationView): void => void told.push(view);

beforeEach(() => {
  jest.useFakeTimers();
  [known, heard, peeks, told] = [QUEUED, true, [], []];
  beforePeek = async () => undefined;
  const peek = async (id: ReservationId): Promise<ReservationView | null> => {
    peeks.push(id);
    const seen = known;
    await beforePeek();
    return seen;
  };
  feed = createFeed({ reader: { peek }, clock: systemClock, isHeard: () => heard });
});
afterEach(() => jest.useRealTimers());
const pass = (ms: number): Promise<void> => jest.advanceTimersByTimeAsync(ms);

it('is told the state at once, since it may have changed before anybody listened', async () => {
  feed.follow(ID, tell);
  await pass(0);
  expect(told).toEqual([QUEUED]);
});

it('word from a writer is told at once, word of others not', async () => {
  feed.follow(ID, tell);
  await pass(100);
  known = ROW;
  feed.decided([aRow({ user: 'bob' }).reservationId]);
  await pass(0);
  expect(told).toEqual([QUEUED]);
  feed.decided([ID]);
  await pass(0);
  expect(told).toEqual([QUEUED, ROW]);
});

it('word that comes while the state is being read is not lost', async () => {
  const reading = gate();
  beforePeek = () => reading.promise;
  feed.follow(ID, tell);
  known = ROW;
  feed.decided([ID]);
  feed.decided([ID]);
  beforePeek = async () => undefined;
  reading.open();
  await pass(0);
  expect([told, peeks.length]).toEqual([[QUEUED, ROW], 2]);
});

it.each([
  ['undecided, with words', true, QUEUED, 1_000],
  ['undecided, without', false, QUEUED, 1_000],
  ['held, with words', true, ROW, 5_000],
  ['held, without', false, ROW, 1_000],
])('%s: looked at again on its own', async (_, isHeard, view, everyMs) => {
  [heard, known] = [isHeard, view];
  feed.follow(ID, tell);
  await pass(everyMs - 1);
  expect(peeks).toHaveLength(1);
  await pass(1);
  expect(peeks).toHaveLength(2);
  await pass(3 * everyMs);
  expect(peeks).toHaveLength(5);
});

it('when words stop coming, what is held is looked at as soon as if they never had', async () => {
  known = ROW;
  feed.follow(ID, tell);
  await pass(2_000);
  heard = false;
  await pass(250);
  expect(peeks).toHaveLength(2);
});

it('a read that fails, or a state that nobody knows, is another look later', async () => {
  beforePeek = () => Promise.reject(new Error('away'));
  feed.follow(ID, tell);
  await pass(999);
  beforePeek = async () => undefined;
  known = null;
  await pass(1_000);
  known = ROW;
  await pass(1_000);
  expect(told).toEqual([ROW]);
});

it('several follow the same: one look for all, and one that leaves does not matter', async () => {
  const left: ReservationView[] = [];
  const leave = feed.follow(ID, (view) => void left.push(view));
  feed.follow(ID, tell);
  await pass(0);
  leave();
  known = ROW;
  peeks.length = 0;
  feed.decided([ID]);
  await pass(0);
  expect([left.at(-1)?.status, told.at(-1), peeks]).toEqual(['QUEUED', ROW, [ID]]);
});

it('thousands share one timer, and it ends with the last of them', async () => {
  const ends = Array.from({ length: 5_000 }, (_, n) => feed.follow(aRow({ user: `u${n}` }).reservationId, tell));
  expect(jest.getTimerCount()).toBe(1);
  for (const end of ends) end();
  await pass(250);
  expect(jest.getTimerCount()).toBe(0);
  peeks.length = 0;
  feed.decided([ID]);
  await pass(10_000);
  expect(peeks).toEqual([]);
});

it('who comes back after the last has left is followed again', async () => {
  feed.follow(ID, tell)();
  await pass(10);
  feed.follow(ID, tell);
  await pass(1_250);
  expect(peeks.length).toBeGreaterThanOrEqual(2);
  expect(jest.getTimerCount()).toBe(1);
});
