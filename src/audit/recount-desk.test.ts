import type { Client, Pool } from 'pg';
import { createTestDatabase, type TestDatabase } from '../../test/support/database.js';
import { eventually } from '../../test/support/eventually.js';
import { recordingLog } from '../../test/support/log.js';
import { loadConfig, type PostgresConfig } from '../config.js';
import { systemClock } from '../connections/clock.js';
import { createClient, plainPool } from '../connections/postgres.js';
import { createRecountDesk, type RecountDesk } from './recount-desk.js';

const ANN = { name: 'ann', principal: 'operator:ann ann' };
let database: TestDatabase;
let pool: Pool;
let config: PostgresConfig;
let errors: unknown[];

beforeAll(async () => {
  database = await createTestDatabase();
  config = loadConfig({ FLASHSALE_DATABASE_URL: database.url }).postgres;
  pool = plainPool(config, { name: 'test', connections: 3 }, recordingLog());
});

beforeEach(async () => {
  errors = [];
  await pool.query('truncate stock, reservations, ledger, partitions, dead_letters, recounts');
});

afterAll(async () => {
  await pool?.end();
  await database?.drop();
});

const desk = (over: { pool?: Pool; connect?: () => Client; statementTimeoutMs?: number } = {}): RecountDesk =>
  createRecountDesk({
    ...{ pool, clock: systemClock, onError: (_, error) => void errors.push(error) },
    connect: () => createClient({ ...config, statementTimeoutMs: over.statementTimeoutMs ?? 30_000 }, 'test-recount'),
    ...over,
  });

/** Keeps every recount waiting at its first look at the rows, until the function that it answers is called. */
async function heldUp(): Promise<() => Promise<void>> {
  const holder = createClient(config, 'test-holder');
  await holder.connect();
  await holder.query('begin');
  await holder.query('lock table ledger in access exclusive mode');
  return async () => {
    await holder.query('rollback');
    await holder.end();
  };
}
/** Waits for the lock instead of failing by it. */
const patient = () => createClient({ ...config, lockTimeoutMs: 30_000, statementTimeoutMs: 30_000 }, 'test-recount');

test('none was asked for yet', async () => {
  expect(await desk().last()).toEqual({ last: null, isRunning: false });
});

test('of an empty sale: clean; kept with who, when and how long', async () => {
  const own = desk();
  const begun = await own.run(ANN);
  const result = await begun?.result;
  expect(result).toMatchObject({ askedBy: 'ann', outcome: 'CLEAN', startedAt: expect.any(Number), tookMs: expect.any(Number) });
  expect(result?.report).toMatchObject({ skus: 0, faults: {}, faultySkus: [], lostRequests: [], accountingBreaks: 0 });
  // On another process too.
  expect(await desk().last()).toEqual({ last: result, isRunning: false });
  expect(errors).toEqual([]);
});

test('what is wrong is named', async () => {
  await pool.query(`insert into partitions (partition, next_offset) values (3, 9)`);
  await pool.query(`insert into stock (sku_id, partition, total, reserved, confirmed, name, state, per_user_limit, max_quantity, hold_seconds,
    max_extend_seconds, version, sequence, watermark, head_hash, decided_at)
    values ('odd', 3, 5, 2, 0, '', 'OPEN', 1, 1, 1, 1, 1, 1, 1, 'x', now())`);
  const result = await (await desk().run(ANN))?.result;
  expect(result).toMatchObject({ outcome: 'FAULTY', report: { skus: 1, faultySkus: [{ skuId: 'odd' }], accountingBreaks: 9 } });
  expect(result?.report).toMatchObject({ faults: { accountingBreaks: 9, conservationBreaks: expect.any(Number) } });
});

test('one at a time in the whole service, and everybody sees that it runs', async () => {
  const release = await heldUp();
  const [one, other] = [desk({ connect: patient }), desk()];
  const begun = await one.run(ANN);
  expect(begun).not.toBeNull();
  expect([await one.run(ANN), await other.run(ANN)]).toEqual([null, null]);
  expect((await other.last()).isRunning).toBe(true);
  await release();
  expect((await begun?.result)?.outcome).toBe('CLEAN');
  await eventually(async () => !(await other.last()).isRunning);
  expect((await (await other.run(ANN))?.result)?.outcome).toBe('CLEAN');
});

test('one that takes too long fails, says so, and vouches for nothing', async () => {
  const release = await heldUp();
  try {
    const own = desk({ connect: () => createClient({ ...config, lockTimeoutMs: 30_000, statementTimeoutMs: 100 }, 'test-recount') });
    const result = await (await own.run(ANN))?.result;
    expect(result).toMatchObject({ outcome: 'FAILED', report: { error: expect.stringContaining('FLASHSALE_AUDIT_TIMEOUT_MS') } });
    expect((await own.last()).last?.outcome).toBe('FAILED');
    expect(errors).toHaveLength(1);
  } finally {
    await release();
  }
});

test('a process that stops ends its recount in the database too', async () => {
  const release = await heldUp();
  try {
    const own = desk({ connect: patient });
    const begun = await own.run(ANN);
    const working = async (): Promise<number> =>
      (await pool.query(`select from pg_stat_activity where application_name = 'flashsale-test-recount' and wait_event_type = 'Lock'`)).rows
        .length;
    await eventually(async () => (await working()) === 1);
    await own.stop();
    expect((await begun?.result)?.outcome).toBe('FAILED');
    await eventually(async () => (await working()) === 0);
  } finally {
    await release();
  }
});

test('the last hundred are kept', async () => {
  await pool.query(`insert into recounts (asked_by, started_at, took_ms, outcome, report)
    select 'old', now() - n * interval '1 hour', 1, 'CLEAN', '{}' from generate_series(1, 150) n`);
  await (await desk().run(ANN))?.result;
  const { rows } = await pool.query<{ n: number; newest: string }>(
    'select count(*) as n, (array_agg(asked_by order by started_at desc))[1] as newest from recounts',
  );
  expect(rows).toEqual([{ n: 100, newest: 'ann' }]);
});

test('where it cannot begin, it throws, and the next may', async () => {
  const gone = loadConfig({ FLASHSALE_DATABASE_URL: 'postgres://nobody@127.0.0.1:1/none' }).postgres;
  let tries = 0;
  const own = desk({
    connect: () => {
      tries += 1;
      return createClient(tries === 1 ? gone : config, 'test-recount');
    },
  });
  await expect(own.run(ANN)).rejects.toThrow();
  expect((await (await own.run(ANN))?.result)?.outcome).toBe('CLEAN');
});

test('one that began while the connection before it was still being closed is ended by a stop like any other', async () => {
  let close = (): void => undefined;
  const closing = new Promise<void>((resolve) => {
    close = resolve;
  });
  let first = true;
  const own = desk({
    connect: () => {
      const client = patient();
      if (!first) return client;
      first = false;
      const end = client.end.bind(client);
      return Object.assign(client, { end: () => end().then(() => closing) });
    },
  });
  const before = await own.run(ANN);
  await eventually(async () => (await own.last()).last !== null && !(await own.last()).isRunning);
  const release = await heldUp();
  try {
    const begun = await own.run(ANN);
    close();
    await before?.result;
    await own.stop();
    expect((await begun?.result)?.outcome).toBe('FAILED');
  } finally {
    await release();
  }
});

test('a result that cannot be kept is still told, and what failed is said', async () => {
  const failures: string[] = [];
  const broken = { query: () => Promise.reject(new Error('no room on the disk')) } as unknown as Pool;
  const own = createRecountDesk({
    ...{ pool: broken, clock: systemClock, onError: (whatFailed) => void failures.push(whatFailed) },
    connect: () => createClient(config, 'test-recount'),
  });
  expect((await (await own.run(ANN))?.result)?.outcome).toBe('CLEAN');
  expect(failures).toEqual(['kept']);
});

test('a process that is stopping begins none, and does not say that another is under way', async () => {
  const own = desk();
  await own.stop();
  await expect(own.run(ANN)).rejects.toThrow('stopping');
});
