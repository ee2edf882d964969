import { aRow } from '../../test/support/domain.js';
import { hurriedClock } from '../../test/support/memory-clock.js';
import type { Millis } from '../domain/ids.js';
import { partitionOfId } from '../domain/partition-hash.js';
import type { Reservation } from '../domain/reservation.js';
import type { ReservationView } from '../ports/hints.js';
import type { Absence } from '../ports/store.js';
import { createStatusReader, type StatusDependencies } from './read.js';

const ROW = aRow({ user: 'ann' });
const ID = ROW.reservationId;
const clock = hurriedClock();
const queued = (ageMs: number): ReservationView => ({
  ...ROW,
  ...{ status: 'QUEUED', reason: null, sequence: null, version: 0, decidedAt: null, expiresAt: null, queuedAt: clock.now() - ageMs },
});

const unguarded = <T>(call: () => Promise<T>): Promise<T> => call();
const away = (): Promise<never> => Promise.reject(new Error('away'));

interface World {
  hint?: ReservationView | null;
  rows?: () => Reservation[];
  /** The answer to each question in turn; the last one stays. */
  absences?: Absence[];
  over?: Partial<StatusDependencies>;
}

let questions: string[];
function reader({ hint = null, rows = () => [], absences = [{ appliedThrough: null, isDeadLetter: false }], over = {} }: World = {}) {
  questions = [];
  let asked = 0;
  return createStatusReader({
    cache: { read: async (ids) => ids.map(() => hint) },
    store: {
      async reservations(ids) {
        questions.push(`rows of ${ids.length}`);
        return rows().filter(({ reservationId }) => ids.includes(reservationId));
      },
      async absence(id, partition) {
        questions.push(`absence in ${partition === partitionOfId(id, 10) ? 'its' : 'a wrong'} partition`);
        return absences[Math.min(asked++, absences.length - 1)] as Absence;
      },
      now: async () => 5_000,
    },
    guarded: unguarded,
    clock,
    partitionCount: 10,
    ...over,
  });
}
const absence = (appliedThrough: number | null, isDeadLetter = false): Absence => ({ appliedThrough, isDeadLetter });

describe('a look', () => {
  it('takes a decided hint, and a fresh QUEUED, without asking the database', async () => {
    const decided = { ...ROW, decidedAt: clock.now(), expiresAt: clock.now() + 1 };
    expect(await reader({ hint: decided }).peek(ID)).toEqual(decided);
    const fresh = queued(999);
    expect(await reader({ hint: fresh }).peek(ID)).toEqual(fresh);
    expect(questions).toEqual([]);
  });

  it('asks the database about a QUEUED that is old, and keeps it when nothing is decided', async () => {
    const stale = queued(1_000);
    expect(await reader({ hint: stale, rows: () => [ROW] }).peek(ID)).toEqual(ROW);
    expect(await reader({ hint: stale }).peek(ID)).toEqual(stale);
    expect(questions).toEqual(['rows of 1']);
  });

  it('asks the database about a hold that should be over, or whose word is not of just now: what came after may have been lost', async () => {
    const now = clock.now();
    const fresh = { ...ROW, decidedAt: now - 4_999, expiresAt: now + 1 };
    const expired: Reservation = { ...ROW, status: 'EXPIRED', version: 9 };
    const rows = () => [expired];
    expect(await reader({ hint: fresh, rows }).peek(ID)).toEqual(fresh);
    expect(await reader({ hint: { ...fresh, expiresAt: now }, rows }).peek(ID)).toEqual(expired);
    expect(await reader({ hint: { ...fresh, decidedAt: now - 5_000 }, rows }).peek(ID)).toEqual(expired);
  });

  it('does not ask about what is final, and keeps the hint of a hold while the database is away', async () => {
    const old = { ...ROW, decidedAt: 0 as Millis };
    const confirmed = { ...old, status: 'CONFIRMED' as const };
    const rows = () => {
      throw new Error('away');
    };
    expect(await reader({ hint: confirmed, rows }).peek(ID)).toEqual(confirmed);
    expect(await reader({ hint: old, rows }).peek(ID)).toEqual(old);
    await expect(reader({ hint: queued(1_000), rows }).peek(ID)).rejects.toThrow('away');
  });

  it('asks the database when Redis knows nothing or does not answer', async () => {
    expect(await reader({ rows: () => [ROW] }).peek(ID)).toEqual(ROW);
    expect(await reader({ rows: () => [ROW], over: { cache: { read: away } } }).peek(ID)).toEqual(ROW);
    expect(await reader({ rows: () => [ROW], over: { guarded: away } }).peek(ID)).toEqual(ROW);
    expect(await reader({ over: { cache: { read: away } } }).peek(ID)).toBeNull();
  });

  it('asks once for all of a turn, and each has its own answer', async () => {
    const bob = aRow({ user: 'bob' });
    const { decided } = reader({ rows: () => [bob, ROW] });
    expect(await Promise.all([decided(ID), decided(aRow({ user: 'cy' }).reservationId), decided(bob.reservationId)])).toEqual([
      ROW,
      null,
      bob,
    ]);
    expect(questions).toEqual(['rows of 3']);
  });
});

describe('finding an id that neither store knows', () => {
  it('what is known is found', async () => {
    expect(await reader({ hint: ROW }).find(ID)).toEqual({ kind: 'found', reservation: ROW });
  });

  it.each([
    ['applied through the question', [absence(5_000)], 'absent'],
    ['applied through it after a while', [absence(null), absence(4_999), absence(5_001)], 'absent'],
    ['never applied that far', [absence(4_999)], 'unknown'],
    ['nobody says how far it is applied', [absence(null)], 'unknown'],
    ['a dead letter, though applied', [absence(9_000, true)], 'unknown'],
  ])('%s: %s', async (_, absences, kind) => {
    expect((await reader({ absences }).find(ID)).kind).toBe(kind);
    expect(questions.some((question) => question.includes('wrong'))).toBe(false);
  });

  it('waits about a second before it says that it does not know', async () => {
    const before = clock.monotonic();
    expect(await reader({}).find(ID)).toEqual({ kind: 'unknown', retryAfterMs: 1_000 });
    expect(clock.monotonic() - before).toBeGreaterThanOrEqual(1_000);
    expect(clock.monotonic() - before).toBeLessThan(1_200);
    expect(await reader({ absences: [absence(null, true)] }).find(ID)).toEqual({ kind: 'unknown', retryAfterMs: 60_000 });
  });

  it('a decision meanwhile is found, also when the partition is applied by then', async () => {
    for (const absences of [[absence(null)], [absence(null), absence(9_000)], [absence(null, true)]]) {
      let looks = 0;
      // The first look is that of `peek`.
      const rows = (): Reservation[] => (++looks > 1 ? [ROW] : []);
      expect(await reader({ absences, rows }).find(ID)).toEqual({ kind: 'found', reservation: ROW });
    }
  });

  it('the row is read after what says that nothing more can come: a decision between the two is seen', async () => {
    await reader({ absences: [absence(5_000)] }).find(ID);
    expect(questions).toEqual(['rows of 1', 'absence in its partition', 'rows of 1']);
  });

  it('a database that does not answer is no answer', async () => {
    await expect(reader({ over: { store: { reservations: away, absence: away, now: away } } }).find(ID)).rejects.toThrow('away');
  });
});
