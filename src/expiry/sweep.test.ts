import { recordingLog } from '../../test/support/log.js';
import { hurriedClock, settled } from '../../test/support/memory-clock.js';
import { reserveOf } from '../../test/support/memory-log.js';
import type { ExpireCommand } from '../domain/command.js';
import type { SkuBatch } from '../domain/decision.js';
import type { SkuId } from '../domain/ids.js';
import { partitionOf } from '../domain/partition-hash.js';
import type { ExpiryStore, OverdueCursor, OverdueHold } from '../ports/expiry.js';
import { createTrouble } from '../telemetry/trouble.js';
import { type Sweep, startSweep } from './sweep.js';

const PARTITIONS = 10;
const START = 1_700_000_000_000;

function holdOf(user: string, expiresAt: number, sku = 'hot'): OverdueHold {
  return { reservationId: reserveOf(sku, user).reservationId, skuId: sku as SkuId, expiresAt };
}
const partitionOfSku = (sku: string): number => partitionOf(sku, PARTITIONS);
const HOT = partitionOfSku('hot');

/** The database's side as a model: holds that are over by its clock, in pages. */
class Holds implements ExpiryStore {
  now = START;
  held: OverdueHold[] = [];
  /** Where each pass began. */
  readonly begun: number[] = [];
  readonly stored = new Map<number, number>();
  fails: Error | null = null;

  async overdue(after: OverdueCursor, limit: number) {
    if (this.fails !== null) throw this.fails;
    if (after.reservationId.startsWith('00000000-')) this.begun.push(after.expiresAt);
    const behind = ({ expiresAt, reservationId }: OverdueHold): boolean =>
      expiresAt > after.expiresAt || (expiresAt === after.expiresAt && reservationId > after.reservationId);
    const order = (a: OverdueHold, b: OverdueHold): number => a.expiresAt - b.expiresAt || (a.reservationId < b.reservationId ? -1 : 1);
    return {
      now: this.now,
      holds: this.held
        .filter((hold) => hold.expiresAt <= this.now && behind(hold))
        .sort(order)
        .slice(0, limit),
    };
  }
  async swept(partitions: readonly number[]) {
    return new Map([...this.stored].filter(([partition]) => partitions.includes(partition)));
  }
  async advanceSwept(partitions: readonly number[], through: number) {
    for (const partition of partitions) this.stored.set(partition, through);
  }
}

let holds: Holds;
let published: ExpireCommand[];
let late: number[];
let log: ReturnType<typeof recordingLog>;
let owned: number[];
let refuse: (command: ExpireCommand) => boolean;
let sweep: Sweep | null = null;
let clock: ReturnType<typeof hurriedClock>;

beforeEach(() => {
  [holds, published, late, log, owned, clock] = [new Holds(), [], [], recordingLog(), [HOT], hurriedClock()];
  refuse = () => false;
});
afterEach(() => sweep?.stop());

function start(): void {
  sweep = startSweep({
    store: holds,
    partitionCount: PARTITIONS,
    partitions: () => owned,
    publish: async (command) => {
      if (refuse(command)) throw new Error('not acknowledged');
      published.push(command);
    },
    clock: { ...clock, sleep: (ms, signal) => (signal?.aborted ? Promise.resolve() : clock.sleep(ms)) },
    onLate: (ms) => late.push(ms),
    trouble: createTrouble(log, 'holds are not ended'),
  });
}
const asked = (): string[] => published.map(({ reservationId }) => reservationId);
/** The writer ends them: they are no longer held, and the sweep is told. */
function decide(commands: readonly ExpireCommand[]): void {
  const ended = new Set(commands.map(({ reservationId }) => reservationId));
  holds.held = holds.held.filter(({ reservationId }) => !ended.has(reservationId));
  sweep?.decided([{ decisions: commands.map((command) => ({ record: { command } })) } as unknown as SkuBatch]);
}
const until = async (condition: () => boolean): Promise<void> => {
  for (let turn = 0; turn < 2_000 && !condition(); turn += 1) await settled(1);
  expect(condition()).toBe(true);
};

it('asks for each hold that is over, once, the oldest first, and for none that is not', async () => {
  holds.held = [holdOf('bob', START - 1), holdOf('ann', START - 5), holdOf('cy', START), holdOf('dan', START + 1)];
  start();
  await until(() => holds.begun.length >= 5);
  expect(asked()).toEqual([holdOf('ann', 0), holdOf('bob', 0), holdOf('cy', 0)].map(({ reservationId }) => reservationId));
  expect(late[0]).toBe(5);
  expect(published[0]).toMatchObject({ type: 'expire', skuId: 'hot', issuer: 'flashsale', userId: 'expiry' });
});

it('leaves the holds of other owners to them, and takes them over with their partition', async () => {
  const other = ['warm', 'cold', 'mild'].find((sku) => partitionOfSku(sku) !== HOT) as string;
  holds.held = [holdOf('ann', START - 9), holdOf('ann', START - 9, other)];
  start();
  await until(() => holds.begun.length >= 3);
  expect(published.map(({ skuId }) => skuId)).toEqual(['hot']);
  owned = [HOT, partitionOfSku(other)];
  await until(() => published.length === 2);
  expect(published[1]?.skuId).toBe(other);
});

it('asks again when a publish was not acknowledged, with the same id', async () => {
  holds.held = [holdOf('ann', START - 1)];
  let refusals = 2;
  const tried: string[] = [];
  refuse = ({ commandId }) => {
    tried.push(commandId);
    return refusals-- > 0;
  };
  start();
  await until(() => published.length === 1);
  expect([tried.length, new Set(tried).size]).toEqual([3, 1]);
});

it('asks again after five seconds without a decision, and not before', async () => {
  holds.held = [holdOf('ann', START - 1)];
  start();
  await until(() => published.length === 2);
  const first = clock.slept.length;
  expect(clock.monotonic()).toBeGreaterThanOrEqual(5_000);
  await until(() => published.length === 3);
  expect(clock.slept.length - first).toBeGreaterThan(15);
});

it('has no more than 300 undecided, however many are over, and ends all of them', async () => {
  holds.held = Array.from({ length: 3_500 }, (_, at) => holdOf(`user-${at}`, START - 1));
  start();
  await until(() => published.length === 300);
  await settled(10);
  expect(published).toHaveLength(300);
  decide(published.slice(0, 100));
  await until(() => published.length === 400);
  for (let from = 100; from < 3_500; from += 200) {
    await until(() => published.length >= Math.min(3_500, from + 200));
    decide(published.slice(from, from + 200));
  }
  await until(() => holds.held.length === 0);
  expect(new Set(asked()).size).toBe(3_500);
});

it('begins where it has come to, a little before, and now and then much before', async () => {
  holds.stored.set(HOT, START - 100_000);
  start();
  await until(() => holds.begun.length >= 3);
  expect(holds.begun.slice(0, 3)).toEqual([START - 160_000, START - 2_000, START - 2_000]);
  expect(holds.stored.get(HOT)).toBe(START);
  await until(() => holds.begun.includes(START - 60_000));
});

it('does not move on while one of its holds is undecided', async () => {
  holds.stored.set(HOT, START - 100_000);
  holds.held = [holdOf('ann', START - 50_000)];
  start();
  await until(() => holds.begun.length >= 3);
  expect(holds.begun.slice(1, 3)).toEqual([START - 102_000, START - 102_000]);
  decide(published);
  await until(() => holds.begun.includes(START - 2_000));
});

it('a database that is away is told once, is asked again, and that it is back is told too', async () => {
  holds.held = [holdOf('ann', START - 1)];
  holds.fails = new Error('away');
  start();
  await until(() => log.lines.length >= 3);
  expect(published).toEqual([]);
  holds.fails = null;
  await until(() => published.length === 1 && log.lines.some(({ level }) => level === 'info'));
  expect(log.lines.filter(({ level }) => level !== 'debug').map(({ level, message }) => `${level} ${message}`)).toEqual([
    'warn holds are not ended; it is tried again',
    'info over: holds are not ended',
  ]);
});

it('without partitions asks nothing', async () => {
  owned = [];
  holds.held = [holdOf('ann', START - 1)];
  start();
  await until(() => clock.slept.length >= 5);
  expect([holds.begun, published, late.at(-1)]).toEqual([[], [], 0]);
});

it('stopped in the middle of a pass it takes nothing for swept: who comes next would leave those holds for ever', async () => {
  const other = ['warm', 'cold', 'mild'].find((sku) => partitionOfSku(sku) !== HOT) as string;
  owned = [HOT, partitionOfSku(other)];
  // A page of one partition's holds, and behind it the one of the other.
  holds.held = [...Array.from({ length: 1_000 }, (_, at) => holdOf(`buyer-${at}`, START - 300_000 + at)), holdOf('ann', START - 1, other)];
  start();
  await until(() => published.length > 200);
  await sweep?.stop();
  expect(asked()).not.toContain(holdOf('ann', 0, other).reservationId);
  expect(holds.stored).toEqual(new Map());
});
