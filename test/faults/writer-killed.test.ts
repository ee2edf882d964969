import { setTimeout as sleep } from 'node:timers/promises';
import { say } from '../../infra/local/say.mjs';
import { seededRandom } from '../../loadtest/demo/buyers.js';
import type { Member } from '../../loadtest/stand/members.js';
import { partitionsOf } from '../../loadtest/stand/ownership.js';
import { PATIENT } from '../support/commit-gate.js';
import { eventually } from '../support/eventually.js';
import { EndlessSale } from './endless-sale.js';
import { type PartitionGate, partitionGate } from './partition-gate.js';
import { longestPause, resumedAfter } from './pauses.js';
import { often, seed } from './repetitions.js';
import { settled } from './settled.js';
import { Stand, signalled } from './stand.js';
import { SteadyFeed } from './steady-feed.js';

/**
 * A writer that is killed with SIGKILL under load, whatever of its work is on disk by then, loses nothing and doubles nothing: its successor
 * goes on from the stored position, and skips by the watermarks what was decided (I3, I4, I5, I12).
 */
const MOMENTS = ['before COMMIT', 'after COMMIT', 'before its position is stored', 'at any moment'] as const;
type Moment = (typeof MOMENTS)[number];

const KILLS = often(3, 20);
const PER_SECOND = often(300, 3_000);
/** 2 s of it the session; with few kills, those of every change, the machine may be busy with other things. */
const RESUMED_WITHIN_MS = often(10_000, 3_000);
/** Twice the time between two stores: a position that runs ahead of its commit is stored by then. */
const POSITIONS_STORED_MS = 500;
const seeded = seededRandom(seed);

let stand: Stand;
let feed: SteadyFeed;
let commits: PartitionGate;
let positions: PartitionGate;

beforeAll(async () => {
  stand = await Stand.open('writer-killed', PATIENT);
  commits = await partitionGate(stand.place.databaseUrl, 'commit');
  positions = await partitionGate(stand.place.databaseUrl, 'position');
  feed = await SteadyFeed.open(stand.place);
}, 60_000);

afterAll(async () => {
  await Promise.all([commits, positions].map((gate) => gate?.open()));
  await feed?.close();
  await Promise.all([commits, positions].map((gate) => gate?.end()));
  await stand?.close();
}, 60_000);

interface Kill {
  readonly partitions: ReadonlySet<number>;
  readonly killedAt: number;
  /** Entries of these partitions that were on disk when it was killed. */
  readonly entries: number;
}

/** Waits for the moment, and for nothing behind it. */
async function kill(victim: Member, moment: Moment): Promise<Kill> {
  const partitions = await partitionsOf(victim);
  const gate = moment === 'before its position is stored' ? positions : commits;
  if (moment === 'at any moment') await sleep(seeded() * 1_000);
  else {
    await gate.close(partitions);
    await eventually(async () => (await gate.waiting()).length > 0);
    if (gate === commits) await sleep(POSITIONS_STORED_MS);
    // Its successor is going to be handed what is on disk already.
    else await eventually(async () => (await aheadOfPositions(partitions)) > 0);
  }
  const waiting = await gate.waiting();
  await signalled(victim, 'SIGKILL');
  const killedAt = Date.now();
  const entries = await entriesUntil(killedAt, partitions);
  if (moment !== 'after COMMIT') await gate.terminate(waiting);
  await gate.open();
  // What a dead process has sent is done without it.
  if (moment === 'after COMMIT') await eventually(async () => (await entriesUntil(killedAt, partitions)) > entries);
  return { partitions, killedAt, entries };
}

async function count(query: string, parameters: readonly unknown[]): Promise<number> {
  const { rows } = await stand.sql.query<{ entries: number }>(`select count(*)::int as entries from ledger l ${query}`, [...parameters]);
  return rows[0]?.entries ?? 0;
}

/** Those that are not behind the stored position. */
const aheadOfPositions = (partitions: ReadonlySet<number>): Promise<number> =>
  count('join partitions p using (partition) where partition = any($1) and l.last_offset >= p.next_offset', [[...partitions]]);

/** Those that were decided by then, whenever they were committed. */
const entriesUntil = (moment: number, partitions: ReadonlySet<number>): Promise<number> =>
  count('where partition = any($1) and decided_at <= to_timestamp($2 / 1000.0)', [[...partitions], moment]);

test(
  `${KILLS} killed writers, seed ${seed}: the survivor decides within ${RESUMED_WITHIN_MS} ms, nothing is lost, doubled or out of order`,
  async () => {
    const sale = EndlessSale.inEachPartition(seededRandom(seed + 1));
    const writers = await Promise.all(['writer-1', 'writer-2'].map((name) => stand.start(name, 'writer')));
    await stand.ready();
    await feed.publish(sale.opening());
    feed.start(PER_SECOND, sale.next);

    const late: string[] = [];
    const resumes: number[] = [];
    for (let n = 0; n < KILLS; n += 1) {
      const at = Math.floor(seeded() * 2);
      const own = await partitionsOf(writers[1 - at] as Member);
      const moment = MOMENTS[n % MOMENTS.length] as Moment;
      const { partitions, killedAt, entries } = await kill(writers[at] as Member, moment);
      const resumed = await eventually(async () => {
        const after = await resumedAfter(stand.sql, partitions, killedAt);
        return Number.isFinite(after) && after;
      });
      // What was the survivor's all along waits for nothing but the machine, which others may keep busy too.
      const busy = await longestPause(stand.sql, own, { from: killedAt, until: killedAt + resumed });
      resumes.push(resumed);
      if (resumed > RESUMED_WITHIN_MS + busy) late.push(`${moment}: ${resumed.toFixed(0)} ms (the survivor's own ${busy.toFixed(0)} ms)`);
      if (moment === 'before COMMIT') expect(await entriesUntil(killedAt, partitions)).toBe(entries);
      writers[at] = await stand.start(`writer-${at + 1}`, 'writer');
      await stand.ready();
    }
    await feed.stop();
    await stand.drained();
    await settled(stand);

    const slowest = Math.max(...resumes);
    const median = resumes.toSorted((a, b) => a - b)[Math.floor(resumes.length / 2)] as number;
    say(
      `writer-killed: ${KILLS} kills at ${PER_SECOND} commands/s, ${await stand.decided()} decisions, resumed after ` +
        `${(median / 1_000).toFixed(2)} s (median), ${(slowest / 1_000).toFixed(2)} s (slowest) (FAULT_SEED=${seed})`,
    );
    expect(await stand.faults(feed.accepted)).toEqual({});
    expect(late).toEqual([]);
  },
  KILLS * 30_000 + 120_000,
);
