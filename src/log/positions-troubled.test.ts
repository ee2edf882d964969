import { MemoryStore } from '../../test/support/memory-store.js';
import type { Offset } from '../domain/ids.js';
import type { LogRange, RawRecord } from '../ports/log.js';
import { fingerprint } from './fingerprint.js';
import { Positions } from './positions.js';

/** The database, the group and the brokers fail, each for itself. */
const at = (offset: number): Offset => offset as Offset;
const record = (offset: number): RawRecord => ({ offset: at(offset), key: null, value: null, appendedAt: offset });

let store: MemoryStore;
let ends: Map<number, LogRange>;
let committed: [number, number][][];
let positions: Positions;
let asked: () => Promise<typeof ends>;
let brokersAnswer: boolean;

beforeEach(() => {
  store = new MemoryStore();
  ends = new Map();
  committed = [];
  brokersAnswer = true;
  asked = async () => ends;
  positions = new Positions({
    store,
    ends: () => asked(),
    commitToGroup: async (moved) => {
      if (!brokersAnswer) throw new Error('the group is rebalancing');
      committed.push([...moved]);
    },
  });
});

const applied = (next: number): void => positions.applied(0, at(next), record(next - 1));
const logEnds = (end: number, partition = 0): Map<number, LogRange> => ends.set(partition, { start: at(0), end: at(end) });
const stored = (): unknown[] => {
  const { nextOffset, fingerprint: mark, appliedThrough } = store.stored.get(0) ?? {};
  return [nextOffset, mark, appliedThrough];
};

it('what moved is stored again after a failure of the database', async () => {
  positions.track(0, at(0), null);
  logEnds(9);
  applied(5);
  store.advance = () => Promise.reject(new Error('the database is away'));
  await expect(positions.flush()).rejects.toThrow('away');
  Reflect.deleteProperty(store, 'advance');
  await positions.flush();
  expect(stored()[0]).toBe(5);
});

it('what the group says does not matter: a consumer that it has thrown out is found by the looks that follow', async () => {
  for (const partition of [0, 1]) positions.track(partition, at(0), null);
  logEnds(9);
  // Idle, and so stored at every look: the moment through which all is applied goes on.
  logEnds(0, 1);
  applied(5);
  brokersAnswer = false;
  for (let looks = 0; looks < 3; looks += 1) await positions.flush();
  expect(stored()[0]).toBe(5);
  brokersAnswer = true;
  applied(6);
  await positions.flush();
  expect(committed.at(-1)).toContainEqual([0, 6]);
});

it('what is applied is stored also while a broker does not tell where the log ends', async () => {
  positions.track(0, at(0), null);
  applied(5);
  asked = () => Promise.reject(new Error('no leader'));
  await expect(positions.flush()).rejects.toThrow('no leader');
  expect(stored()).toEqual([5, fingerprint(record(4)), null]);
});
