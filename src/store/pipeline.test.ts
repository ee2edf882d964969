import pg from 'pg';
import { type BreakableLink, breakableLink } from '../../test/support/breakable-link.js';
import { createTestDatabase, type TestDatabase } from '../../test/support/database.js';
import { eventually } from '../../test/support/eventually.js';
import { recordingLog } from '../../test/support/log.js';
import { loadConfig } from '../config.js';
import { hotPool } from '../connections/postgres.js';
import { createPipeline, type Pipeline } from './pipeline.js';

let database: TestDatabase;
let link: BreakableLink;
/** Not through the pipeline: holds what its statements wait for, and looks at what they did. */
let outside: pg.Client;
let pool: pg.Pool;
let run: Pipeline;
/** Names whose statement was handed to a connection. */
let sent: string[];
let answered: string[];

beforeAll(async () => {
  database = await createTestDatabase();
  outside = new pg.Client({ connectionString: database.url });
  await outside.connect();
  await outside.query('create table calls (id serial, name text primary key)');
  const { hostname, port } = new URL(database.url);
  link = await breakableLink({ host: hostname, port: Number(port) });
});
afterAll(async () => {
  await outside?.end();
  await link?.close();
  await database?.drop();
});
beforeEach(async () => {
  await outside.query('truncate calls');
  const url = new URL(database.url);
  url.port = String(link.port);
  const { postgres } = loadConfig({ FLASHSALE_DATABASE_URL: url.href });
  pool = hotPool(postgres, { name: 'test-pipeline', connections: 1 }, recordingLog());
  run = createPipeline(pool);
  sent = [];
  answered = [];
});
afterEach(async () => {
  link.restore();
  await outside.query('select pg_advisory_unlock_all()');
  await pool.end();
});

/** Notes the name; a `slow` one waits until nobody outside holds the lock. Answers the process that ran it. */
async function call(name: string, slow = false): Promise<number> {
  const lock = slow ? 'pg_advisory_xact_lock(1)' : 'null';
  const pid = await run(async (connection) => {
    sent.push(name);
    const text = `with held as materialized (select ${lock}) insert into calls (name) select $1 from held returning pg_backend_pid() as pid`;
    return (await connection.query<{ pid: number }>(text, [name])).rows[0]?.pid;
  });
  answered.push(name);
  return pid ?? Number.NaN;
}
const slow = (name: string): Promise<number> => call(name, true);
const block = (): Promise<unknown> => outside.query('select pg_advisory_lock(1)');
const unblock = (): Promise<unknown> => outside.query('select pg_advisory_unlock(1)');
const noted = async (): Promise<string[]> => (await outside.query('select name from calls order by id')).rows.map(({ name }) => name);
const backends = async (where: string): Promise<number[]> =>
  (await outside.query(`select pid from pg_stat_activity where application_name = 'flashsale-test-pipeline' and ${where}`)).rows.map(
    ({ pid }) => pid,
  );
const waitingForTheLock = (): Promise<number[] | false> =>
  eventually(async () => {
    const pids = await backends(`datname = current_database() and wait_event_type = 'Lock'`);
    return pids.length > 0 && pids;
  });
const lent = (): number => pool.totalCount - pool.idleCount;
const fates = (outcomes: readonly PromiseSettledResult<unknown>[]): string[] =>
  outcomes.map((outcome) => (outcome.status === 'fulfilled' ? 'done' : (outcome.reason.code ?? outcome.reason.message)));

describe('one connection', () => {
  it('takes all statements before the first is answered, and runs them in the order of the calls', async () => {
    await block();
    const calls = [slow('a'), call('b'), call('c')];
    await waitingForTheLock();
    expect([sent, answered, await noted()]).toEqual([['a', 'b', 'c'], [], []]);
    calls.push(call('d'));
    await unblock();
    expect(new Set(await Promise.all(calls)).size).toBe(1);
    expect([sent, answered, await noted()]).toEqual(Array(3).fill(['a', 'b', 'c', 'd']));
  });

  it('is given back when nobody is left on it, and the next call finds it again', async () => {
    const first = await call('a');
    expect([pool.totalCount, pool.idleCount]).toEqual([1, 1]);
    expect(await Promise.all([call('b'), call('c')])).toEqual([first, first]);
    expect([pool.totalCount, pool.idleCount]).toEqual([1, 1]);
  });

  it('is kept while one of its statements is under way', async () => {
    await block();
    const first = call('a');
    const second = slow('b');
    await first;
    await waitingForTheLock();
    expect(lent()).toBe(1);
    const third = call('c');
    await eventually(() => sent.includes('c'));
    await unblock();
    expect(await Promise.all([second, third])).toEqual(Array(2).fill(await first));
    expect(lent()).toBe(0);
  });
});

describe('a statement that fails', () => {
  it('takes neither the one before it nor those behind it along', async () => {
    const outcomes = await Promise.allSettled([call('a'), call('a'), call('b'), call('b'), call('c')]);
    expect(fates(outcomes)).toEqual(['done', '23505', 'done', '23505', 'done']);
    expect(await noted()).toEqual(['a', 'b', 'c']);
  });

  it('ends its connection: the next call has another', async () => {
    const first = await call('a');
    await expect(call('a')).rejects.toMatchObject({ code: '23505' });
    expect(pool.totalCount).toBe(0);
    expect(await call('b')).not.toBe(first);
    expect([pool.totalCount, pool.idleCount]).toEqual([1, 1]);
    await eventually(async () => (await backends(`pid = ${first}`)).length === 0);
  });

  it('lets those behind it finish, and none begin on that connection', async () => {
    const first = await call('a');
    await block();
    const failing = call('a');
    const behind = slow('b');
    await expect(failing).rejects.toMatchObject({ code: '23505' });
    const next = call('c');
    await waitingForTheLock();
    expect([sent.includes('c'), lent(), pool.waitingCount]).toEqual([false, 1, 1]);
    await unblock();
    expect(await behind).toBe(first);
    expect(await next).not.toBe(first);
    expect(await noted()).toEqual(['a', 'b', 'c']);
    expect([pool.totalCount, pool.idleCount]).toEqual([1, 1]);
  });

  it('fails alone also when it was never sent', async () => {
    const outcomes = await Promise.allSettled([call('a'), run(() => Promise.reject(new Error('not sent'))), call('b')]);
    expect(fates(outcomes)).toEqual(['done', 'not sent', 'done']);
    await call('c');
    expect([pool.totalCount, pool.idleCount, await noted()]).toEqual([1, 1, ['a', 'b', 'c']]);
  });
});

describe('a connection that breaks', () => {
  it('fails all that is on it, nothing of which is there, and the next call works', async () => {
    const first = await call('a');
    await block();
    const outcomes = Promise.allSettled([slow('b'), call('c')]);
    expect(await waitingForTheLock()).toEqual([first]);
    await outside.query('select pg_terminate_backend($1)', [first]);
    expect((await outcomes).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(lent()).toBe(0);
    await unblock();
    expect(await call('d')).not.toBe(first);
    expect(await noted()).toEqual(['a', 'd']);
    expect([pool.totalCount, pool.idleCount]).toEqual([1, 1]);
  });

  it('without a word of the server', async () => {
    await block();
    const outcomes = Promise.allSettled([slow('a'), call('b')]);
    await waitingForTheLock();
    link.cut();
    expect((await outcomes).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(pool.totalCount).toBe(0);
    link.restore();
    await unblock();
    await call('d');
    expect([pool.totalCount, pool.idleCount]).toEqual([1, 1]);
  });

  it('cannot be had: every call fails, nothing is sent, and it works once there is one again', async () => {
    link.cut();
    for (const names of [
      ['a', 'b'],
      ['c', 'd'],
    ]) {
      const outcomes = await Promise.allSettled(names.map((name) => call(name)));
      expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
      expect([pool.totalCount, pool.waitingCount]).toEqual([0, 0]);
    }
    expect(sent).toEqual([]);
    link.restore();
    await Promise.all([call('e'), call('f')]);
    expect([pool.totalCount, pool.idleCount, await noted()]).toEqual([1, 1, ['e', 'f']]);
  });
});
