import { say } from '../../infra/local/say.mjs';
import { seededRandom } from '../../loadtest/demo/buyers.js';
import type { Member } from '../../loadtest/stand/members.js';
import { partitionsOf } from '../../loadtest/stand/ownership.js';
import { PARTITIONS } from '../../loadtest/stand/service.js';
import { PATIENT } from '../support/commit-gate.js';
import { eventually } from '../support/eventually.js';
import { batchesWithResult } from './batch-results.js';
import { EndlessSale } from './endless-sale.js';
import { OutsideConsumer } from './outside-consumer.js';
import { type PartitionGate, partitionGate } from './partition-gate.js';
import { often, seed } from './repetitions.js';
import { lastSequences, settled } from './settled.js';
import { Stand, signalled } from './stand.js';
import { SteadyFeed } from './steady-feed.js';
import { compareTold } from './told.js';

/**
 * A second writer that owns every partition too, since nobody tells it of the others. Of two that have decided the same records one commits,
 * and the other learns by the compare-and-set that it was late (I6): nothing takes effect twice, and the order is kept.
 */
const MEETINGS = often(5, 30);
/** Decided between two meetings, by whoever comes first. */
const BETWEEN = often(300, 3_000);
const PER_SECOND = 300;

let stand: Stand;
let feed: SteadyFeed;
let commits: PartitionGate;
let outside: OutsideConsumer;

beforeAll(async () => {
  stand = await Stand.open('rogue-writer', PATIENT);
  commits = await partitionGate(stand.place.databaseUrl, 'commit');
  feed = await SteadyFeed.open(stand.place);
  outside = await OutsideConsumer.start(stand.place, `${stand.place.topic}-events`);
}, 60_000);

afterAll(async () => {
  await commits?.open();
  await feed?.close();
  await outside?.close();
  await commits?.end();
  await stand?.close();
}, 60_000);

const sumOf = async (writers: readonly Member[], result: string): Promise<number> =>
  (await Promise.all(writers.map((writer) => batchesWithResult(writer, result)))).reduce((sum, count) => sum + count, 0);

/** Each has decided something on top of the same heads before one of them may commit. @returns whether one of them lost by it */
async function meet(writers: readonly Member[]): Promise<boolean> {
  const before = await sumOf(writers, 'lost');
  await commits.close(Array.from({ length: PARTITIONS }).keys());
  await eventually(async () => (await commits.blocked()).length >= writers.length);
  await commits.open();
  const decided = await stand.decided();
  await eventually(async () => (await stand.decided()) > decided + BETWEEN, { within: 60_000 });
  return (await sumOf(writers, 'lost')) > before;
}

test(
  `two writers of every partition, ${MEETINGS} meetings at the same heads, seed ${seed}: one effect each, in order`,
  async () => {
    const sale = EndlessSale.inEachPartition(seededRandom(seed));
    const writers = await Promise.all([stand.start('rightful', 'writer'), stand.startRogue('rogue')]);
    await stand.ready();
    await eventually(async () => (await partitionsOf(writers[1])).size === PARTITIONS);
    await feed.publish(sale.opening());
    feed.start(PER_SECOND, sale.next);

    const fenced: boolean[] = [];
    for (let n = 0; n < MEETINGS; n += 1) fenced.push(await meet(writers));
    await feed.stop();
    await settled(stand);
    const [lost, failed] = [await sumOf(writers, 'lost'), await sumOf(writers, 'failed')];
    const ends = await Promise.all(writers.map((writer) => signalled(writer, 'SIGTERM')));

    await outside.caughtUp();
    const { repeats, faults } = compareTold(outside.told, await lastSequences(stand.sql));
    say(
      `rogue-writer: ${MEETINGS} meetings, ${await stand.decided()} decisions, ${lost} batches refused by the fence, ${failed} failed, ` +
        `${repeats} events told again (FAULT_SEED=${seed})`,
    );
    expect(await stand.faults(feed.accepted)).toEqual({});
    expect(faults).toEqual([]);
    // By the fence alone, and not by an error of what stands behind it.
    expect(fenced).toEqual(fenced.map(() => true));
    expect(failed).toBe(0);
    expect(ends.map(({ code }) => code)).toEqual([0, 0]);
  },
  MEETINGS * 30_000 + 120_000,
);
