import { skusIn } from '../../test/support/commands.js';
import { recordingLog } from '../../test/support/log.js';
import { hurriedClock, settled } from '../../test/support/memory-clock.js';
import { type Fate, MemoryEvents, MemoryLedger, PARTITIONS } from '../../test/support/memory-events.js';
import { partitionOf } from '../domain/partition-hash.js';
import type { Clock } from '../ports/runtime.js';
import { createTrouble } from '../telemetry/trouble.js';
import { type Relay, startRelay } from './relay.js';

const ALL = [0, 1, 2];
/** Of one partition. */
const NEIGHBOURS = skusIn(partitionOf('ant', PARTITIONS), PARTITIONS, 'ant', 2);
const SKUS = ['ant', 'bee', 'cow', ...NEIGHBOURS];

let ledger: MemoryLedger;
let events: MemoryEvents;
let owned: number[];
let lags: number[];
let busy: boolean;
let log: ReturnType<typeof recordingLog>;
const relays: Relay[] = [];

beforeEach(() => {
  ledger = new MemoryLedger();
  events = new MemoryEvents();
  owned = ALL;
  lags = [];
  busy = false;
  log = recordingLog();
});

afterEach(() => Promise.all(relays.splice(0).map((relay) => relay.stop())));

function relay(partitions = () => owned as readonly number[], clock: Clock = hurriedClock()): Relay {
  const started = startRelay({
    ...{ store: ledger, producer: events, partitionCount: PARTITIONS, source: '/test', partitions, isBusy: () => busy, clock },
    onPublished: () => undefined,
    onLag: (seconds) => lags.push(seconds),
    trouble: createTrouble(log, 'events'),
  });
  relays.push(started);
  return started;
}

const everythingIsOut = (): void => expect(sorted(events.firsts())).toEqual(sorted(ledger.decided()));
const sorted = (ids: Map<string, string[]>) => Object.fromEntries(ids);

test('each decision is published once, in the order of its SKU', async () => {
  for (let round = 0; round < 4; round += 1) for (const sku of SKUS) ledger.write(sku, 1 + round);
  relay();
  await settled(100);
  everythingIsOut();
  expect(events.ids).toHaveLength(SKUS.length * 10);
  expect(events.mostUnderWay).toBe(1);
  expect([lags[0], lags.at(-1)]).toEqual([7, 0]);
});

test('entries of SKUs that lie between each other go by their last offset, and none is passed over', async () => {
  const [one = '', other = ''] = NEIGHBOURS;
  ledger.maxEntries = 1;
  ledger.write(one, 5, 9);
  ledger.write(other, 5, 8);
  ledger.write(one, 3, 12);
  relay();
  await settled(100);
  everythingIsOut();
  expect(events.ids[0]).toBe(`${other}:1`);
});

test('what lies above the position waits: a neighbour of it may still be committed below', async () => {
  ledger.write('ant', 3, 2);
  ledger.positions.set(partitionOf('ant', PARTITIONS), 2);
  relay();
  await settled(50);
  expect(events.ids).toEqual([]);
  ledger.positions.set(partitionOf('ant', PARTITIONS), 3);
  await settled(50);
  everythingIsOut();
});

test('a full page is followed by the next one, without another look', async () => {
  ledger.maxEntries = 2;
  for (let n = 0; n < 9; n += 1) ledger.write('ant', 1);
  ledger.write('bee', 1);
  // It looks once, and then sleeps until it is stopped.
  const sleep = (_ms: number, signal?: AbortSignal) => new Promise<void>((resolve) => signal?.addEventListener('abort', () => resolve()));
  relay(undefined, { ...hurriedClock(), sleep });
  await settled(60);
  everythingIsOut();
  expect(events.ids).toHaveLength(10);
});

test('while many commands wait to be decided, a page is sent now and then, and none is left out', async () => {
  busy = true;
  ledger.maxEntries = 1;
  for (let entry = 0; entry < 5; entry += 1) ledger.write('ant', 1);
  const clock = hurriedClock();
  relay(undefined, clock);
  await settled(100);
  everythingIsOut();
  expect(clock.slept.filter((ms) => ms === 1_000)).toHaveLength(4);
});

test('partitions share a request, but for one that has failed: it goes alone until it is well again', async () => {
  const each = ALL.flatMap((partition) => skusIn(partition, PARTITIONS, 'sku', 1));
  for (const sku of each) ledger.write(sku, 1);
  relay();
  await settled(30);
  expect(events.sends).toEqual([expect.arrayContaining(ALL)]);

  const away = 1;
  events.away = [away];
  for (const sku of each) ledger.write(sku, 1);
  await settled(100);
  const others = ALL.filter((partition) => partition !== away);
  for (const partition of others) expect(ledger.cursors.get(partition)).toBe(ledger.positions.get(partition));
  expect(ledger.cursors.get(away)).toBeLessThan(ledger.positions.get(away) ?? 0);
  const [, , ...afterwards] = events.sends;
  for (const partitions of afterwards) expect(partitions).toHaveLength(1);

  events.away = [];
  await settled(100);
  everythingIsOut();
  for (const sku of each) ledger.write(sku, 1);
  await settled(30);
  everythingIsOut();
  expect(events.sends.at(-1)).toHaveLength(PARTITIONS);
});

test.each<Fate>(['lost', 'unanswered', 'skipped'])('a page whose send is %s is sent again, all of it, before the next', async (fate) => {
  events.fates = [fate, fate];
  ledger.maxEntries = 2;
  for (let n = 0; n < 5; n += 1) ledger.write('ant', 2);
  relay();
  await settled(200);
  everythingIsOut();
  expect(ledger.cursors.get(partitionOf('ant', PARTITIONS))).toBe(10);
  const told = log.lines.filter(({ level }) => level !== 'debug').map(({ level }) => level);
  expect(told).toEqual(['warn', 'info']);
});

test('after a crash between send and cursor the same events come again, and none is missing', async () => {
  for (let n = 0; n < 3; n += 1) ledger.write('ant', 2);
  ledger.advance = async () => {
    throw new Error('crashed');
  };
  const first = relay();
  await settled(10);
  await first.stop();
  expect(events.ids.length).toBeGreaterThan(0);
  Reflect.deleteProperty(ledger, 'advance');
  ledger.write('ant', 1);
  relay();
  await settled(100);
  everythingIsOut();
  expect(events.ids.length).toBeGreaterThan(new Set(events.ids).size);
});

test('a database that is away is told once, and then it goes on', async () => {
  ledger.failing = 5;
  ledger.write('ant', 1);
  relay();
  await settled(200);
  everythingIsOut();
  expect(log.lines.filter(({ level }) => level === 'warn')).toHaveLength(1);
});

test('a partition that is lost meanwhile is left to its next owner after the send under way', async () => {
  ledger.maxEntries = 1;
  for (let n = 0; n < 20; n += 1) ledger.write('ant', 1);
  relay();
  await settled(12);
  const before = events.ids.length;
  owned = [];
  await settled(100);
  expect(events.ids.length).toBeLessThanOrEqual(before + 1);
  expect(events.ids.length).toBeLessThan(20);
  relay(() => [0, 1, 2]);
  await settled(300);
  everythingIsOut();
});
