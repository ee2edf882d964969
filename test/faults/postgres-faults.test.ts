import { setTimeout as sleep } from 'node:timers/promises';
import { say } from '../../infra/local/say.mjs';
import { seededRandom } from '../../loadtest/demo/buyers.js';
import { PARTITIONS } from '../../loadtest/stand/service.js';
import { eventually } from '../support/eventually.js';
import { OutsideConsumer } from './outside-consumer.js';
import { OwnServer } from './own-servers.js';
import { longestPause } from './pauses.js';
import { type PostgresLink, postgresLink } from './postgres-link.js';
import { often, seed } from './repetitions.js';
import { type Carried, SaleLoad } from './sale-load.js';
import { lastSequences, settled } from './settled.js';
import { Stand } from './stand.js';
import { compareTold } from './told.js';

/** PostgreSQL breaks off, loses its answers, and dies in mid-sale: what was committed counts once, the rest is tried again (I3, I4, I6). */
const TIMES = often(1, 10);
const TERMINATIONS = 5 * TIMES;
const CUT_ANSWERS = 6 * TIMES;
const DEATHS: readonly NodeJS.Signals[] = Array.from({ length: TIMES }, () => ['SIGQUIT', 'SIGKILL'] as const).flat();
/** An answer to a commit is about as long. */
const ANSWER_BYTES = 120;
/** Beyond the fault itself, on a machine that may be busy with other things. */
const PAUSE_LIMIT_MS = 10_000;
const STATEMENT_TIMEOUT_MS = 1_000;
/** What the client itself waits longer before it takes the connection for dead. */
const CLIENT_TIMEOUT_MS = STATEMENT_TIMEOUT_MS + 2_000;
const random = seededRandom(seed);

let own: OwnServer;
let link: PostgresLink;
let stand: Stand;
let outside: OutsideConsumer;
let load: SaleLoad;

beforeAll(async () => {
  own = await OwnServer.postgres();
  link = await postgresLink(own.url);
  stand = await Stand.open(
    'postgres',
    ({ databaseUrl }) => ({
      FLASHSALE_DATABASE_URL: link.through(databaseUrl),
      FLASHSALE_STATEMENT_TIMEOUT_MS: String(STATEMENT_TIMEOUT_MS),
      FLASHSALE_LOCK_TIMEOUT_MS: '500',
    }),
    { databaseUrl: own.url },
  );
  const [api] = await Promise.all([stand.start('api', 'api'), stand.start('writer-1', 'writer'), stand.start('writer-2', 'writer')]);
  await stand.ready();
  load = await SaleLoad.open(stand, [api.baseUrl], seededRandom(seed + 1));
  outside = await OutsideConsumer.start(stand.place, `${stand.place.topic}-events`);
}, 120_000);

afterAll(async () => {
  await load?.close();
  await outside?.close();
  await stand?.close();
  await link?.close();
  await own?.stop();
}, 60_000);

/** Whatever happened, all is decided by the same processes, once and in order, told, and nobody was told anything wrong. */
async function expectWhole({ span, asked, read }: Carried, what: string, absence = 0): Promise<void> {
  await settled(stand);
  await outside.caughtUp();
  const { repeats, faults } = compareTold(outside.told, await lastSequences(stand.sql));
  const pause = await longestPause(stand.sql, Array.from({ length: PARTITIONS }).keys(), span);
  const answers = { ...asked.tally() };
  say(
    `postgres, ${what}: buyers ${JSON.stringify(answers)}, questions ${JSON.stringify(read.tally())}, ` +
      `${repeats} events told again, longest pause of decisions ${(pause / 1_000).toFixed(1)} s (FAULT_SEED=${seed})`,
  );
  expect(faults).toEqual([]);
  expect(await stand.faults(load.accepted)).toEqual({});
  expect(Object.keys(answers).filter((kind) => !/^(202|503 \w+)$/.test(kind))).toEqual([]);
  expect(Object.keys(read.tally()).filter((kind) => !/^(200|503 \w+)$/.test(kind))).toEqual([]);
  expect(answers[202]).toBeGreaterThan(0);
  expect(pause).toBeLessThan(absence + PAUSE_LIMIT_MS);
}

/** Each of the service's connections with a chance of one half, those in the middle of a statement too. */
async function terminateSome(): Promise<number> {
  const { rows } = await stand.sql.query<{ pid: number }>(
    `select pid from pg_stat_activity where datname = current_database() and application_name like 'flashsale-%' order by pid`,
  );
  const chosen = rows.filter(() => random() < 0.5).map(({ pid }) => pid);
  await stand.sql.query('select pg_terminate_backend(pid) from unnest($1::int[]) as chosen (pid)', [chosen]);
  return chosen.length;
}

test(
  `${TERMINATIONS} times half of the service's connections are ended, seed ${seed}`,
  async () => {
    let ended = 0;
    const carried = await load.during(async () => {
      for (let n = 0; n < TERMINATIONS; n += 1) {
        ended += await terminateSome();
        await sleep(random() * 800);
      }
    });
    await expectWhole(carried, `${ended} connections ended`);
    expect(ended).toBeGreaterThan(TERMINATIONS);
  },
  60_000 + TERMINATIONS * 3_000,
);

test(
  `${CUT_ANSWERS} times the answer to a commit is cut, and once it never comes, seed ${seed}`,
  async () => {
    const carried = await load.during(async () => {
      for (let n = 0; n < CUT_ANSWERS; n += 1) {
        await link.cutNextAnswer('flashsale-writer-commit', Math.floor(random() * ANSWER_BYTES));
        await sleep(random() * 400);
      }
      const decided = await stand.decided();
      await link.swallowNextAnswer('flashsale-writer-commit');
      // Only its own limit tells the writer; the other one goes on meanwhile.
      await sleep(CLIENT_TIMEOUT_MS);
      await eventually(async () => (await stand.decided()) > decided);
    });
    await expectWhole(carried, `${CUT_ANSWERS} answers to commits cut, one swallowed`, CLIENT_TIMEOUT_MS);
  },
  60_000 + CUT_ANSWERS * 3_000,
);

/** Waits until something is decided in each partition from now on. */
async function decidesEverywhere(): Promise<void> {
  const since = new Date();
  await eventually(async () => {
    const { rows } = await stand.sql.query('select distinct partition from ledger where decided_at > $1', [since]);
    return rows.length === PARTITIONS;
  });
}

test(
  `it dies ${DEATHS.length} times and is started again, seed ${seed}`,
  async () => {
    let longestAbsence = 0;
    const carried = await load.during(async () => {
      for (const signal of DEATHS) {
        const diedAt = Date.now();
        await own.kill(signal);
        await sleep(random() * 1_000);
        await own.restart();
        longestAbsence = Math.max(longestAbsence, Date.now() - diedAt);
        await stand.reconnect();
        await decidesEverywhere();
      }
    });
    await expectWhole(carried, `killed by ${DEATHS.join(', ')}, at most ${(longestAbsence / 1_000).toFixed(1)} s away`, longestAbsence);
  },
  60_000 + DEATHS.length * 20_000,
);
