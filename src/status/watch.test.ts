import { jest } from '@jest/globals';
import { aRow } from '../../test/support/domain.js';
import { gate } from '../../test/support/memory-clock.js';
import { systemClock } from '../connections/clock.js';
import type { ReservationView } from '../ports/hints.js';
import { createWatch, type Watch } from './watch.js';

const ROW = aRow({ user: 'ann' });
const ID = ROW.reservationId;
const QUEUED: ReservationView = { ...ROW, status: 'QUEUED', sequence: null, version: 0, decidedAt: null, expiresAt: null };
const stay = new AbortController().signal;

let known: ReservationView | null;
let stored: ReservationView | null;
let peeks: number;
let beforePeek: () => Promise<void>;
let watch: Watch;

beforeEach(() => {
  jest.useFakeTimers();
  [known, stored, peeks] = [QUEUED, null, 0];
  beforePeek = async () => undefined;
  const peek = async (): Promise<ReservationView | null> => {
    peeks += 1;
    const seen = known;
    await beforePeek();
    return seen;
  };
  watch = createWatch({ peek, decided: async () => stored }, systemClock);
});
afterEach(() => jest.useRealTimers());
const pass = (ms: number): Promise<void> => jest.advanceTimersByTimeAsync(ms);

/** Waits; `answer` is what came of it, undefined so far. */
function waiting(ms: number, signal = stay): { answer: ReservationView | null | undefined; at: number } {
  const started = systemClock.monotonic();
  const state: { answer: ReservationView | null | undefined; at: number } = { answer: undefined, at: 0 };
  void watch.wait(ID, ms, signal).then((answer) => Object.assign(state, { answer, at: systemClock.monotonic() - started }));
  return state;
}

it('what is decided is answered at once, with no timer left behind', async () => {
  known = ROW;
  const state = waiting(5_000);
  await pass(0);
  expect([state.answer, state.at, jest.getTimerCount()]).toEqual([ROW, 0, 0]);
});

it('word from a writer ends the wait at once', async () => {
  const state = waiting(5_000);
  await pass(100);
  known = ROW;
  watch.decided([aRow({ user: 'bob' }).reservationId, ID]);
  await pass(0);
  expect([state.answer, state.at, peeks, jest.getTimerCount()]).toEqual([ROW, 100, 2, 0]);
});

it('word of another reservation is none', async () => {
  const state = waiting(5_000);
  await pass(100);
  watch.decided([aRow({ user: 'bob' }).reservationId]);
  await pass(0);
  expect([state.answer, peeks]).toEqual([undefined, 1]);
});

it('word that comes while the state is being read is not lost', async () => {
  const reading = gate();
  beforePeek = () => reading.promise;
  const state = waiting(5_000);
  await pass(10);
  known = ROW;
  watch.decided([ID]);
  beforePeek = async () => undefined;
  reading.open();
  await pass(0);
  expect([state.answer, peeks]).toEqual([ROW, 2]);
});

it('one word is good for one look: after it, the wait is as patient as before', async () => {
  const state = waiting(5_000);
  await pass(10);
  watch.decided([ID]);
  await pass(200);
  expect([peeks, state.answer]).toEqual([2, undefined]);
});

it('without word the state is read again every 250 ms', async () => {
  const state = waiting(5_000);
  await pass(240);
  known = ROW;
  await pass(9);
  expect(state.answer).toBeUndefined();
  await pass(1);
  expect([state.answer, state.at]).toEqual([ROW, 250]);
});

it('a read that fails is another look later, not the end', async () => {
  beforePeek = () => Promise.reject(new Error('away'));
  const state = waiting(5_000);
  await pass(100);
  beforePeek = async () => undefined;
  known = ROW;
  await pass(150);
  expect(state.answer).toEqual(ROW);
});

it('at the end of the wait the database has the last word', async () => {
  const undecided = waiting(600);
  await pass(600);
  expect([undecided.answer, undecided.at, peeks]).toEqual([null, 600, 4]);
  stored = ROW;
  const decided = waiting(100);
  await pass(100);
  expect(decided.answer).toEqual(ROW);
});

it('a client that leaves ends it', async () => {
  const client = new AbortController();
  const state = waiting(60_000, client.signal);
  await pass(100);
  client.abort();
  await pass(0);
  expect([state.answer, state.at, jest.getTimerCount()]).toEqual([null, 100, 0]);
});

it('several wait for the same: all are told, one that has left does not matter', async () => {
  const client = new AbortController();
  const left = waiting(5_000, client.signal);
  const states = [waiting(5_000), waiting(5_000)];
  await pass(10);
  client.abort();
  await pass(0);
  known = ROW;
  watch.decided([ID]);
  await pass(0);
  expect([left.answer, ...states.map(({ answer }) => answer)]).toEqual([null, ROW, ROW]);
});
