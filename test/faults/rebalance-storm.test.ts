import { setTimeout as sleep } from 'node:timers/promises';
import { say } from '../../infra/local/say.mjs';
import { seededRandom } from '../../loadtest/demo/buyers.js';
import type { Member } from '../../loadtest/stand/members.js';
import { partitionsOf } from '../../loadtest/stand/ownership.js';
import { PARTITIONS } from '../../loadtest/stand/service.js';
import { eventually } from '../support/eventually.js';
import { EndlessSale } from './endless-sale.js';
import { OutsideConsumer } from './outside-consumer.js';
import { longestPause } from './pauses.js';
import { often, seed } from './repetitions.js';
import { lastSequences, settled } from './settled.js';
import { Stand, signalled } from './stand.js';
import { SteadyFeed } from './steady-feed.js';
import { compareTold } from './told.js';

/** Writers join and leave all the time: every partition goes on, none of its records is skipped, and the order is kept (I3, I5, I10, I12). */
const CHANGES = often(6, 30);
const EVERY_MS = 2_000;
const WRITERS_MAX = 4;
const PER_SECOND = 300;
/** Two changes in a row may meet the same partition, on a machine that may be busy with other things. */
const PAUSE_LIMIT_MS = 15_000;
const seeded = seededRandom(seed);

let stand: Stand;
let feed: SteadyFeed;
let outside: OutsideConsumer;

beforeAll(async () => {
  stand = await Stand.open('rebalance-storm');
  feed = await SteadyFeed.open(stand.place);
  outside = await OutsideConsumer.start(stand.place, `${stand.place.topic}-events`);
}, 60_000);

afterAll(async () => {
  await feed?.close();
  await outside?.close();
  await stand?.close();
}, 60_000);

test(
  `${CHANGES} changes of who writes, one every ${EVERY_MS} ms, seed ${seed}: progress in every partition, nothing skipped, in order`,
  async () => {
    const sale = EndlessSale.inEachPartition(seededRandom(seed + 1));
    let started = 0;
    const join = (): Promise<Member> => stand.start(`writer-${++started}`, 'writer');
    const writers: Member[] = await Promise.all([join(), join()]);
    await stand.ready();
    await feed.publish(sale.opening());
    const from = Date.now();
    feed.start(PER_SECOND, sale.next);

    /** One that decides, and is not the only one: else the storm might spare those that matter. */
    async function leaver(): Promise<Member> {
      const owners = await eventually(async () => {
        const owned = await Promise.all(writers.map((writer) => partitionsOf(writer).catch(() => new Set())));
        const found = writers.filter((_, at) => (owned[at] as ReadonlySet<unknown>).size > 0);
        return found.length > 1 && found;
      });
      const [leaving] = writers.splice(writers.indexOf(owners[Math.floor(seeded() * owners.length)] as Member), 1);
      return leaving as Member;
    }

    const leaving: Promise<{ code: number | null }>[] = [];
    for (let n = 0; n < CHANGES; n += 1) {
      const joins = writers.length === 1 || (writers.length < WRITERS_MAX && seeded() < 0.5);
      if (joins) writers.push(await join());
      else leaving.push(signalled(await leaver(), 'SIGTERM'));
      await sleep(EVERY_MS);
    }
    const until = Date.now();
    const left = await Promise.all(leaving);
    await feed.stop();
    await stand.ready();
    await settled(stand);

    await outside.caughtUp();
    const { repeats, faults } = compareTold(outside.told, await lastSequences(stand.sql));
    const pause = await longestPause(stand.sql, Array.from({ length: PARTITIONS }).keys(), { from, until });
    say(
      `rebalance-storm: ${started - 2} joined and ${left.length} left in ${((until - from) / 1_000).toFixed(0)} s, ${await stand.decided()} decisions, ` +
        `longest pause of a partition ${(pause / 1_000).toFixed(2)} s, ${repeats} events told again (FAULT_SEED=${seed})`,
    );
    expect(await stand.faults(feed.accepted)).toEqual({});
    expect(faults).toEqual([]);
    expect(left.map(({ code }) => code)).toEqual(left.map(() => 0));
    expect(pause).toBeLessThan(PAUSE_LIMIT_MS);
  },
  CHANGES * 15_000 + 120_000,
);
