import pg from 'pg';
import { createTestDatabase, type TestDatabase } from '../../test/support/database.js';
import { recordingLog } from '../../test/support/log.js';
import { loadConfig, type PostgresConfig } from '../config.js';
import { createKnex, hotPool, plainPool } from './postgres.js';

let database: TestDatabase;
let config: PostgresConfig;
const log = recordingLog();

beforeAll(async () => {
  database = await createTestDatabase();
  config = loadConfig({
    FLASHSALE_DATABASE_URL: database.url,
    FLASHSALE_STATEMENT_TIMEOUT_MS: '300',
    FLASHSALE_LOCK_TIMEOUT_MS: '100',
  }).postgres;
});

afterAll(() => database?.drop());

async function settingsOf(pool: pg.Pool, names: readonly string[]): Promise<Record<string, string>> {
  const { rows } = await pool.query<{ name: string; setting: string }>('select name, setting from pg_settings where name = any($1)', [
    names,
  ]);
  return Object.fromEntries(rows.map(({ name, setting }) => [name, setting]));
}

const PLANNER = ['plan_cache_mode', 'enable_seqscan', 'enable_hashjoin', 'enable_mergejoin', 'enable_bitmapscan', 'jit'];

test('hot connections have one generic plan by index; plain ones have the planner as it is', async () => {
  const hot = hotPool(config, { name: 'hot', connections: 1 }, log);
  const plain = plainPool(config, { name: 'plain', connections: 1 }, log);
  expect(await settingsOf(hot, PLANNER)).toEqual({
    plan_cache_mode: 'force_generic_plan',
    enable_seqscan: 'off',
    enable_hashjoin: 'off',
    enable_mergejoin: 'off',
    enable_bitmapscan: 'off',
    jit: 'off',
  });
  expect(await settingsOf(plain, ['plan_cache_mode', 'enable_seqscan'])).toEqual({ plan_cache_mode: 'auto', enable_seqscan: 'on' });
  const limits = ['statement_timeout', 'lock_timeout', 'idle_in_transaction_session_timeout', 'application_name'];
  expect(await settingsOf(hot, limits)).toEqual({
    statement_timeout: '300',
    lock_timeout: '100',
    idle_in_transaction_session_timeout: '5000',
    application_name: 'flashsale-hot',
  });
  await Promise.all([hot.end(), plain.end()]);
});

test('bigint is a number and timestamptz epoch milliseconds, in our connections only', async () => {
  const QUESTION = `select 9007199254740991::bigint as big, '2026-01-02 03:04:05.678+02'::timestamptz as at, null::timestamptz as never`;
  const expected = { big: Number.MAX_SAFE_INTEGER, at: Date.parse('2026-01-02T01:04:05.678Z'), never: null };
  const pool = plainPool(config, { name: 'types', connections: 1 }, log);
  const knex = createKnex(config, { name: 'types', connections: 1 });
  const foreign = new pg.Client(database.url);
  await foreign.connect();
  expect((await pool.query(QUESTION)).rows[0]).toEqual(expected);
  expect((await knex.raw(QUESTION)).rows[0]).toEqual(expected);
  expect((await foreign.query(QUESTION)).rows[0]).toMatchObject({ big: '9007199254740991', at: new Date(expected.at) });
  await Promise.all([pool.end(), knex.destroy(), foreign.end()]);
});

test('a statement that takes too long is ended', async () => {
  const pool = plainPool(config, { name: 'slow', connections: 1 }, log);
  await expect(pool.query('select pg_sleep(5)')).rejects.toMatchObject({ code: '57014' });
  await pool.end();
});

test('an idle connection that breaks is a line in the log, and the next query gets a new one', async () => {
  const pool = plainPool(config, { name: 'broken', connections: 1 }, log);
  const { rows } = await pool.query<{ pid: number }>('select pg_backend_pid() as pid');
  const killer = plainPool(config, { name: 'killer', connections: 1 }, log);
  await killer.query('select pg_terminate_backend($1)', [rows[0]!.pid]);
  for (let i = 0; i < 100 && pool.totalCount > 0; i++) await new Promise((resolve) => setTimeout(resolve, 10));
  expect(log.lines).toContainEqual(expect.objectContaining({ level: 'warn', pool: 'flashsale-broken' }));
  expect((await pool.query('select 1 as one')).rows).toEqual([{ one: 1 }]);
  await Promise.all([pool.end(), killer.end()]);
});
