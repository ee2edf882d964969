import { setTimeout as sleep } from 'node:timers/promises';
import { say } from '../../infra/local/say.mjs';
import { seededRandom } from '../../loadtest/demo/buyers.js';
import type { Member } from '../../loadtest/stand/members.js';
import { partitionsOf } from '../../loadtest/stand/ownership.js';
import { PARTITIONS } from '../../loadtest/stand/service.js';
import { PATIENT } from '../support/commit-gate.js';
import { eventually } from '../support/eventually.js';
import { batchesWithResult } from './batch-results.js';
import { EndlessSale } from './endless-sale.js';
import { type PartitionGate, partitionGate } from './partition-gate.js';
import { resumedAfter } from './pauses.js';
import { often, seed } from './repetitions.js';
import { settled } from './settled.js';
import { Stand, signalled } from './stand.js';
import { SteadyFeed } from './steady-feed.js';

/**
 * A writer that is suspended past its session, and goes on later as if nothing had happened: meanwhile another one decides, and nothing of
 * what it had decided before is committed on top of that (I6).
 */
const MOMENTS = ['in its transaction, which is lost', 'in its transaction, which commits late', 'at any moment'] as const;
type Moment = (typeof MOMENTS)[number];

const ROUNDS = often(3, 12);
const PER_SECOND = 300;
/** What the others decide before it is woken: some seconds of the load. */
const MEANWHILE = PER_SECOND * often(1, 12);
/** Decided, and waiting for the statement under way: what a woken writer would commit late. */
const BEHIND = 60;
const seeded = seededRandom(seed);

let stand: Stand;
let feed: SteadyFeed;
let commits: PartitionGate;
let suspended: Member | undefined;

beforeAll(async () => {
  stand = await Stand.open('writer-suspended', PATIENT);
  commits = await partitionGate(stand.place.databaseUrl, 'commit');
  feed = await SteadyFeed.open(stand.place);
}, 60_000);

afterAll(async () => {
  wake();
  await commits?.open();
  await feed?.close();
  await commits?.end();
  await stand?.close();
}, 60_000);

function suspend(member: Member): void {
  suspended = member;
  process.kill(member.process.pid, 'SIGSTOP');
}

function wake(): void {
  if (suspended !== undefined) process.kill(suspended.process.pid, 'SIGCONT');
  suspended = undefined;
}

const ownsAll = async (member: Member): Promise<boolean> => (await partitionsOf(member)).size === PARTITIONS;

/** Suspends it, and waits until all its partitions are decided by the survivor. @returns how long they were not */
async function outlive(victim: Member, survivor: Member, moment: Moment): Promise<number> {
  const partitions = await partitionsOf(victim);
  const decidedAfter = (since: number): Promise<number> =>
    eventually(async () => {
      const after = await resumedAfter(stand.sql, partitions, since);
      return Number.isFinite(after) && after;
    });
  if (moment === 'at any moment') {
    await sleep(seeded() * 1_000);
    suspend(victim);
    return decidedAfter(Date.now());
  }
  await commits.close(partitions);
  await eventually(async () => (await commits.waiting()).length > 0);
  const { size } = feed.accepted;
  await eventually(() => feed.accepted.size > size + BEHIND);
  suspend(victim);
  const suspendedAt = Date.now();
  const waiting = await commits.waiting();
  // The successor has read what the suspended one is about to change, and waits behind it.
  await eventually(() => ownsAll(survivor));
  await eventually(async () => (await commits.blocked()).some((pid) => !waiting.includes(pid)));
  if (moment === 'in its transaction, which is lost') await commits.terminate(waiting);
  await commits.open();
  return decidedAfter(suspendedAt);
}

test(
  `${ROUNDS} suspended writers, seed ${seed}: others decide meanwhile, and nothing stale is committed`,
  async () => {
    const sale = EndlessSale.inEachPartition(seededRandom(seed + 1));
    const writers = await Promise.all(['writer-1', 'writer-2'].map((name) => stand.start(name, 'writer')));
    await stand.ready();
    await feed.publish(sale.opening());
    feed.start(PER_SECOND, sale.next);

    const lost = { late: 0, successor: 0 };
    let slowest = 0;
    for (let n = 0; n < ROUNDS; n += 1) {
      const at = Math.floor(seeded() * 2);
      const [victim, survivor] = [writers[at], writers[1 - at]] as [Member, Member];
      const before = await Promise.all([victim, survivor].map((member) => batchesWithResult(member, 'lost')));
      slowest = Math.max(slowest, await outlive(victim, survivor, MOMENTS[n % MOMENTS.length] as Moment));
      const decided = await stand.decided();
      await eventually(async () => (await stand.decided()) > decided + MEANWHILE, { within: 60_000 });
      wake();
      // It comes back into the group: with an end of its process this would not hold.
      await stand.ready();
      const after = await Promise.all([victim, survivor].map((member) => batchesWithResult(member, 'lost')));
      lost.late += (after[0] as number) - (before[0] as number);
      lost.successor += (after[1] as number) - (before[1] as number);
    }
    await feed.stop();
    await settled(stand);

    say(
      `writer-suspended: ${ROUNDS} rounds, ${await stand.decided()} decisions, decided by the other after ${(slowest / 1_000).toFixed(2)} s (slowest), ` +
        `batches refused by the fence: ${lost.late} of woken writers, ${lost.successor} of their successors (FAULT_SEED=${seed})`,
    );
    expect(await stand.faults(feed.accepted)).toEqual({});
    // Without one the rounds have missed what they are for.
    expect(lost.late).toBeGreaterThan(0);
    expect((await Promise.all(writers.map((writer) => signalled(writer, 'SIGTERM')))).map(({ code }) => code)).toEqual([0, 0]);
  },
  ROUNDS * 60_000 + 120_000,
);
