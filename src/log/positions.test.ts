import fc from 'fast-check';
import { gate } from '../../test/support/memory-clock.js';
import { MemoryStore } from '../../test/support/memory-store.js';
import type { Offset } from '../domain/ids.js';
import type { LogRange, RawRecord } from '../ports/log.js';
import { fingerprint } from './fingerprint.js';
import { Positions } from './positions.js';

const at = (offset: number): Offset => offset as Offset;
const record = (offset: number): RawRecord => ({ offset: at(offset), key: null, value: null, appendedAt: offset });

let store: MemoryStore;
let ends: Map<number, LogRange>;
let committed: [number, number][][];
let positions: Positions;

beforeEach(() => {
  store = new MemoryStore();
  store.time = 1_000;
  ends = new Map([[0, { start: at(0), end: at(0) }]]);
  committed = [];
  positions = new Positions({
    store,
    ends: async () => ends,
    commitToGroup: async (moved) => {
      committed.push([...moved]);
    },
  });
});

const applied = (next: number, partition = 0): void => positions.applied(partition, at(next), record(next - 1));
const logEnds = (end: number, partition = 0): Map<number, LogRange> => ends.set(partition, { start: at(0), end: at(end) });
const stored = (partition = 0): unknown[] => {
  const { nextOffset, fingerprint: mark, appliedThrough } = store.stored.get(partition) ?? {};
  return [nextOffset, mark, appliedThrough];
};

describe('what is stored', () => {
  it('the position with the fingerprint of the record before it, in the database and then in the group', async () => {
    positions.track(0, at(0), null);
    logEnds(9);
    applied(5);
    await positions.flush();
    expect(stored()).toEqual([5, fingerprint(record(4)), null]);
    expect(committed).toEqual([[[0, 5]]]);
  });

  it('nothing when nothing moved and the log has more', async () => {
    positions.track(0, at(3), 'f');
    logEnds(9);
    await positions.flush();
    await positions.flush();
    expect([store.stored.size, committed]).toEqual([0, []]);
  });

  it('never anything that lies behind', async () => {
    positions.track(0, at(5), 'f');
    logEnds(9);
    applied(8);
    applied(6);
    applied(3);
    await positions.flush();
    expect(stored()[0]).toBe(8);
  });

  it('the fingerprint that was stored, as long as nothing new was applied', async () => {
    positions.track(0, at(3), 'known');
    logEnds(3);
    await positions.flush();
    expect(stored()).toEqual([3, 'known', 1_000]);
  });

  it('nothing of a partition that is not followed', async () => {
    applied(5, 7);
    positions.track(0, at(0), null);
    applied(5);
    positions.untrack(0);
    applied(6);
    await positions.flush();
    expect([store.stored.size, positions.lag().size]).toEqual([0, 0]);
  });

  it('what is applied while the last one is being stored, too', async () => {
    positions.track(0, at(0), null);
    logEnds(9);
    applied(5);
    const storing = gate();
    const advance = store.advance.bind(store);
    store.advance = async (moved) => {
      await storing.promise;
      await advance(moved);
    };
    const flushing = positions.flush();
    await new Promise((resolve) => setImmediate(resolve));
    applied(7);
    storing.open();
    await flushing;
    expect(stored()[0]).toBe(5);
    await positions.flush();
    expect(stored()[0]).toBe(7);
  });

  it('of those given up only, without a question to the log', async () => {
    for (const partition of [0, 1]) {
      positions.track(partition, at(0), null);
      applied(4, partition);
    }
    ends = new Map();
    await positions.flushOnly([1]);
    expect([...store.stored.keys()]).toEqual([1]);
    expect(committed).toEqual([[[1, 4]]]);
  });
});

describe('a log that ends before the position', () => {
  it('is told at the second look in a row, and nothing is claimed to be applied meanwhile', async () => {
    positions.track(0, at(10), null);
    applied(11);
    logEnds(5);
    await positions.flush();
    expect([positions.truncated(), stored()[2]]).toEqual([[], null]);
    logEnds(11);
    await positions.flush();
    logEnds(5);
    await positions.flush();
    expect(positions.truncated()).toEqual([]);
    await positions.flush();
    expect(positions.truncated()).toEqual([0]);
  });

  it('is not noticed in an answer that is only older than what was applied since the question', async () => {
    let end = 0;
    const growing = new Positions({
      store,
      async ends() {
        end += 50;
        growing.applied(0, at(end), record(end - 1));
        return new Map([[0, { start: at(0), end: at(end - 50) }]]);
      },
      commitToGroup: async () => undefined,
    });
    growing.track(0, at(0), null);
    for (let look = 0; look < 5; look += 1) await growing.flush();
    expect(growing.truncated()).toEqual([]);
  });
});

describe('applied through', () => {
  it('is the time before the question, when all that is in the log is applied, idle too', async () => {
    positions.track(0, at(0), null);
    await positions.flush();
    expect(stored()[2]).toBe(1_000);
    store.time = 1_250;
    await positions.flush();
    expect(stored()[2]).toBe(1_250);
  });

  it('is a moment whose records have been applied since, while the log grows on', async () => {
    positions.track(0, at(0), null);
    logEnds(10);
    await positions.flush();
    store.time = 1_250;
    logEnds(20);
    applied(9);
    await positions.flush();
    expect(stored()[2]).toBeNull();
    applied(10);
    store.time = 1_500;
    logEnds(30);
    await positions.flush();
    expect(stored()[2]).toBe(1_000);
    applied(30);
    store.time = 1_750;
    logEnds(40);
    await positions.flush();
    expect(stored()[2]).toBe(1_500);
  });

  it('says nothing about a partition whose end the log does not tell', async () => {
    positions.track(3, at(0), null);
    await positions.flush();
    expect(store.stored.size).toBe(0);
  });

  it('never claims more than is applied, and grows with the position', async () => {
    const step = fc.record({ append: fc.nat(5), apply: fc.nat(7), flush: fc.boolean(), ms: fc.integer({ min: 1, max: 9 }) });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
        store = new MemoryStore();
        const appendedAt: number[] = [];
        let done = 0;
        const log = new Positions({
          store: {
            now: async () => {
              appendedAt.push(++store.time);
              return store.time;
            },
            advance: (moved) => store.advance(moved),
          },
          // Records may come before each of the two questions.
          ends: async () => {
            appendedAt.push(++store.time);
            return new Map([[0, { start: at(0), end: at(appendedAt.length) }]]);
          },
          commitToGroup: async () => undefined,
        });
        log.track(0, at(0), null);
        let before = -1;
        for (const { append, apply, flush, ms } of steps) {
          store.time += ms;
          for (let record = 0; record < append; record += 1) appendedAt.push(store.time);
          done = Math.min(done + apply, appendedAt.length);
          if (done > 0) log.applied(0, at(done), record(done - 1));
          if (!flush) continue;
          await log.flush();
          const { appliedThrough, nextOffset } = store.stored.get(0) ?? { appliedThrough: null, nextOffset: 0 };
          if (appliedThrough === null) continue;
          expect(appendedAt.filter((time) => time <= appliedThrough).length).toBeLessThanOrEqual(nextOffset);
          expect(appliedThrough).toBeGreaterThanOrEqual(before);
          before = appliedThrough;
        }
      }),
      { seed: 20_260_303, numRuns: 300 },
    );
  });
});

it('the lag is what the log had at the last look and is not applied', async () => {
  positions.track(0, at(2), null);
  expect(positions.lag()).toEqual(new Map([[0, 0]]));
  logEnds(9);
  await positions.flush();
  expect(positions.lag()).toEqual(new Map([[0, 7]]));
  applied(12);
  expect(positions.lag()).toEqual(new Map([[0, 0]]));
});
