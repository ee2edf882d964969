import { setTimeout as sleep } from 'node:timers/promises';
import { say } from '../../infra/local/say.mjs';
import { seededRandom } from '../../loadtest/demo/buyers.js';
import type { Member } from '../../loadtest/stand/members.js';
import { partitionsOf } from '../../loadtest/stand/ownership.js';
import { PARTITIONS } from '../../loadtest/stand/service.js';
import { eventually } from '../support/eventually.js';
import { EndlessSale } from './endless-sale.js';
import { OutsideConsumer } from './outside-consumer.js';
import { type PartitionGate, partitionGate } from './partition-gate.js';
import { longestPause } from './pauses.js';
import { often, seed } from './repetitions.js';
import { lastSequences, settled } from './settled.js';
import { Stand, signalled } from './stand.js';
import { SteadyFeed } from './steady-feed.js';
import { compareTold } from './told.js';

/** A killed relay leaves no decision untold: what a consumer from outside sees while writers are killed with SIGKILL, over and over (I10). */
const KILLS = often(3, 20);
const PER_SECOND = 300;
/** So long at most after the last start: a kill at any moment also meets writers that join, and take over. */
const WITHIN_MS = 2_000;
/** Session, rejoining and start, on a machine that may be busy with other things. */
const PAUSE_LIMIT_MS = 15_000;
/** Of the kills alone: how many commands were fed by then depends on the machine. */
const random = seededRandom(seed);

/** When the relay is killed: whatever it does, or when the brokers have the events, and its cursor then never moves, or moves all the same. */
const MOMENTS = ['at any moment', 'and its cursor is lost', 'and its cursor moves'] as const;

let stand: Stand;
let gate: PartitionGate;
let outside: OutsideConsumer;
let feed: SteadyFeed;

beforeAll(async () => {
  stand = await Stand.open('relay-killed', { FLASHSALE_SESSION_TIMEOUT_MS: '1000', FLASHSALE_HEARTBEAT_MS: '200' });
  gate = await partitionGate(stand.place.databaseUrl, 'cursor');
  feed = await SteadyFeed.open(stand.place);
  outside = await OutsideConsumer.start(stand.place, `${stand.place.topic}-events`);
}, 60_000);

afterAll(async () => {
  await feed?.close();
  await outside?.close();
  await gate?.end();
  await stand?.close();
}, 60_000);

async function kill(victim: Member, moment: (typeof MOMENTS)[number]): Promise<void> {
  await sleep(random() * WITHIN_MS);
  if (moment === 'at any moment') {
    await signalled(victim, 'SIGKILL');
    return;
  }
  await stand.ready();
  await gate.close(await partitionsOf(victim));
  const waiting = await eventually(async () => {
    const pids = await gate.waiting();
    return pids.length > 0 && pids;
  });
  await signalled(victim, 'SIGKILL');
  if (moment === 'and its cursor is lost') await gate.terminate(waiting);
  await gate.open();
}

test(
  `${KILLS} killed relays, seed ${seed}: no decision is missing, first occurrences are in order, repeats are the same`,
  async () => {
    // In each partition, so that every relay always has something to tell.
    const sale = EndlessSale.inEachPartition(seededRandom(seed + 1));
    const writers = await Promise.all(['writer-1', 'writer-2'].map((name) => stand.start(name, 'writer')));
    await stand.ready();
    await feed.publish(sale.opening());
    const from = Date.now();
    feed.start(PER_SECOND, sale.next);

    const start = Math.floor(random() * MOMENTS.length);
    for (let n = 0; n < KILLS; n += 1) {
      const at = Math.floor(random() * writers.length);
      await kill(writers[at] as Member, MOMENTS[(start + n) % MOMENTS.length] as (typeof MOMENTS)[number]);
      writers[at] = await stand.start(`writer-${at + 1}`, 'writer');
    }
    await stand.ready();
    const until = Date.now();
    await feed.stop();
    await settled(stand);
    expect((await Promise.all(writers.map((writer) => signalled(writer, 'SIGTERM')))).map(({ code }) => code)).toEqual([0, 0]);

    await outside.caughtUp();
    const { repeats, faults } = compareTold(outside.told, await lastSequences(stand.sql));
    const pause = await longestPause(stand.sql, Array.from({ length: PARTITIONS }).keys(), { from, until });
    say(
      `relay-killed: ${KILLS} kills, ${outside.told.length} events of ${await stand.decided()} decisions, ${repeats} repeats, ` +
        `longest pause of decisions ${(pause / 1_000).toFixed(1)} s (FAULT_SEED=${seed})`,
    );
    expect(faults).toEqual([]);
    // A cursor that was lost is the only reason for them: without one the kills have missed what they are for.
    expect(repeats).toBeGreaterThan(0);
    expect(await stand.faults(feed.accepted)).toEqual({});
    expect(pause).toBeLessThan(PAUSE_LIMIT_MS);
  },
  KILLS * 30_000 + 120_000,
);

const event = (sku: string, sequence: number, more = {}) => ({
  key: sku,
  value: JSON.stringify({ id: `${sku}:${sequence}`, data: { skuId: sku, sequence, ...more } }),
});
const mug = (...sequences: readonly number[]) => sequences.map((sequence) => event('mug', sequence));

test.each([
  ['all told', mug(1, 2, 3), []],
  ['told again', mug(1, 2, 1, 2, 3, 3), []],
  ['one is missing at the end', mug(1, 2), ['mug: 1 decisions are not told, the first is 3']],
  ['one is missing in the middle', mug(1, 3), ['mug:3 comes after mug:1', 'mug: 1 decisions are not told, the first is 2']],
  ['two are exchanged', mug(1, 3, 2), ['mug:3 comes after mug:1', 'mug:2 comes after mug:3']],
  ['a repeat is different', [...mug(1, 2, 3), event('mug', 2, { other: 1 })], ['mug:2 is told in other words']],
  ['one too many', mug(1, 2, 3, 4), ['mug:4 was not decided']],
  ['a SKU that is not there', [...mug(1, 2, 3), event('cup', 1)], ['cup:1 was not decided']],
  [
    'a key that is not its SKU',
    [...mug(1, 2, 3), { ...event('mug', 1), key: 'cup' }],
    ['mug:1 of mug 1 under the key cup', 'cup:1 was not decided'],
  ],
])('the comparison with the ledger: %s', (_, told, faults) => {
  expect(compareTold(told, new Map([['mug', 3]])).faults).toEqual(faults);
});
