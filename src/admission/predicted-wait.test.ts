import fc from 'fast-check';
import { observed, predictedWaitMs, type QueueHistory, type QueueSample } from './predicted-wait.js';

const RUNS = { seed: 20_261_121, numRuns: 100 };
const LOOK_MS = 250;
const LIMIT_MS = 27_000;

/** What happens to a queue in some time: so many a second come, so many a second can be decided. */
interface Phase {
  readonly seconds: number;
  readonly inflow: number;
  readonly capacity: number;
}

interface Moment {
  readonly at: number;
  readonly predicted: number | null;
  /** Undecided. */
  readonly position: number;
}

/** A queue that is looked at every 250 ms; the writer decides by chunks of at most so many, and its position is known only then. */
function life(phases: readonly Phase[], chunk = 250): Moment[] {
  const moments: Moment[] = [];
  let [at, end, next, credit] = [0, 0, 0, 0];
  let history: QueueHistory | null = null;
  for (const { seconds, inflow, capacity } of phases) {
    for (let tick = 0; tick < seconds * 40; tick += 1) {
      at += 25;
      end += inflow / 40;
      // Nothing is saved up while there is nothing to do, and a chunk is told of as a whole.
      const waiting = Math.floor(end) - next;
      credit += capacity / 40;
      if (credit >= Math.min(chunk, waiting)) {
        const decided = Math.min(waiting, Math.floor(credit));
        next += decided;
        credit = decided === waiting ? 0 : credit - decided;
      }
      if (at % LOOK_MS !== 0 || end < 1) continue;
      history = observed(history, { at, next, end: Math.floor(end) });
      moments.push({ at, predicted: predictedWaitMs(history, at), position: Math.floor(end) - next });
    }
  }
  return moments;
}

const refuses = ({ predicted }: Moment): boolean => predicted !== null && predicted > LIMIT_MS;
const perSecond = fc.integer({ min: 20, max: 50_000 });

describe('the wait that is predicted', () => {
  it('is what it will be, to a quarter, once more has come than can be decided for some seconds', () => {
    fc.assert(
      fc.property(perSecond, fc.double({ min: 2, max: 10, noNaN: true }), fc.integer({ min: 10, max: 60 }), (capacity, times, seconds) => {
        const moments = life([{ seconds, inflow: capacity * times, capacity }], Math.min(250, Math.ceil(capacity / 4)));
        const { predicted, position } = moments.at(-1) as Moment;
        const truth = (position / capacity) * 1_000;
        expect(predicted).not.toBeNull();
        expect(Math.abs((predicted as number) - truth)).toBeLessThan(truth / 4 + LOOK_MS);
      }),
      RUNS,
    );
  });

  it('turns nobody away while all that comes can be decided, however little that was before', () => {
    const quiet = fc.record({ seconds: fc.integer({ min: 1, max: 30 }), share: fc.double({ min: 0, max: 0.9, noNaN: true }) });
    fc.assert(
      fc.property(perSecond, fc.array(quiet, { minLength: 1, maxLength: 8 }), (capacity, parts) => {
        const phases = parts.map(({ seconds, share }) => ({ seconds, inflow: capacity * share, capacity }));
        expect(life(phases).filter(refuses)).toEqual([]);
      }),
      RUNS,
    );
  });

  it('turns nobody away at the opening of a sale: a burst of ten seconds of work upon a night of a request a second', () => {
    fc.assert(
      fc.property(perSecond, (capacity) => {
        const phases = [
          { seconds: 60, inflow: 1, capacity },
          { seconds: 1, inflow: capacity * 10, capacity },
          { seconds: 15, inflow: 0, capacity },
        ];
        expect(life(phases).filter(refuses)).toEqual([]);
      }),
      RUNS,
    );
  });

  it('turns nobody away while a writer is replaced in the midst of a sale, nor afterwards', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1_000, max: 50_000 }),
        fc.double({ min: 0.1, max: 0.95, noNaN: true }),
        fc.integer({ min: 1, max: 6 }),
        (capacity, share, seconds) => {
          const inflow = capacity * share;
          const phases = [
            { seconds: 10, inflow, capacity },
            { seconds, inflow, capacity: 0 },
            { seconds: 20, inflow, capacity },
          ];
          expect(life(phases).filter(refuses)).toEqual([]);
        },
      ),
      RUNS,
    );
  });

  it('turns away where nothing is decided for as long as a request may wait, and takes again at once when it goes on', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1_000, max: 50_000 }), fc.integer({ min: 1, max: 500 }), (capacity, inflow) => {
        const moments = life([
          { seconds: 5, inflow, capacity },
          { seconds: 60, inflow, capacity: 0 },
          { seconds: 5, inflow: 0, capacity: 100_000 },
        ]);
        const stopped = moments.filter(({ at }) => at > 36_000 && at <= 65_000);
        expect(stopped.every(refuses)).toBe(true);
        expect(moments.filter(({ at }) => at > 5_000 && at < 31_000).filter(refuses)).toEqual([]);
        expect(moments.filter(({ at }) => at >= 66_000).filter(refuses)).toEqual([]);
      }),
      RUNS,
    );
  });

  it('of a queue that stands still is that and its work; a second behind it, the truth and no more than twice that', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1_000, max: 50_000 }), fc.integer({ min: 4, max: 20 }), (capacity, still) => {
        const inflow = capacity * 3;
        const moments = life([
          { seconds: 4, inflow, capacity },
          { seconds: still, inflow: 0, capacity: 0 },
          { seconds: 2, inflow: 0, capacity },
        ]);
        const truth = ({ position }: Moment): number => (position / capacity) * 1_000;
        const last = moments.filter(({ at }) => at <= (4 + still) * 1_000).at(-1) as Moment;
        expect(last.predicted).toBeGreaterThan((still - 1) * 1_000 + truth(last) / 2);
        for (const moment of moments.filter(({ at }) => at >= (5 + still) * 1_000)) {
          expect(moment.predicted).toBeGreaterThan(truth(moment) / 2);
          expect(moment.predicted).toBeLessThan(2 * truth(moment) + LOOK_MS);
        }
      }),
      RUNS,
    );
  });

  it('of a writer that is slow from its first chunk on is long before all of it has expired', () => {
    // A chunk of 250 every three seconds, 1,000 requests a second: a minute's work comes every five seconds.
    let history: QueueHistory | null = null;
    for (let at = 0; at <= 30_000; at += LOOK_MS) history = observed(history, { at, next: Math.floor(at / 3_000) * 250, end: at + 1 });
    expect(predictedWaitMs(history, 30_000)).toBeGreaterThan(LIMIT_MS);
  });
});

describe('nothing is predicted', () => {
  const at = (ms: number, next: number, end: number): QueueSample => ({ at: ms, next, end });
  const seen = (...samples: QueueSample[]): QueueHistory | null =>
    samples.reduce<QueueHistory | null>((history, sample) => observed(history, sample), null);

  it.each<[string, QueueHistory | null, number, number | null]>([
    ['before anybody has looked', null, 0, null],
    ['at the first look', seen(at(0, 0, 1_000_000)), 0, null],
    ['when nobody has looked for long', seen(at(0, 0, 10), at(250, 10, 10)), 2_251, null],
    ['while a rate is not measured for long enough', seen(at(0, 0, 9_000), at(1_000, 10, 9_000)), 1_000, null],
    ['but that an empty queue is no wait', seen(at(0, 0, 10), at(250, 10, 10)), 250, 0],
    ['but that a stand-still goes on', seen(at(0, 5, 9), at(3_000, 5, 9)), 3_000, 3_000],
    ['of a stand-still with nothing to do', seen(at(0, 9, 9), at(60_000, 9, 10)), 60_000, null],
    ['of another log, which begins at its beginning', seen(at(0, 900, 1_000), at(3_000, 900, 1_000), at(3_250, 0, 10)), 3_250, null],
  ])('%s', (_, history, now, expected) => expect(predictedWaitMs(history, now)).toBe(expected));

  it('whatever is seen, it is no wait, a wait or not known, and little is kept', () => {
    const sights = fc.array(fc.tuple(fc.nat(5_000), fc.nat(10_000), fc.nat(10_000)), { maxLength: 200 });
    fc.assert(
      fc.property(sights, (all) => {
        let [time, history] = [0, null as QueueHistory | null];
        for (const [passed, next, end] of all) {
          time += passed;
          history = observed(history, at(time, next, end));
          const wait = predictedWaitMs(history, time);
          expect(wait === null || (Number.isFinite(wait) && wait >= 0)).toBe(true);
          expect(history.steps.length).toBeLessThanOrEqual(10_000 / LOOK_MS + 2 + all.length);
        }
      }),
      RUNS,
    );
  });
});
