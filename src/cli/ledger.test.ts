import pg from 'pg';
import { createTestDatabase, type TestDatabase } from '../../test/support/database.js';
import { type Outcome, runProgram } from '../../test/support/program.js';
import { database, pools, store } from '../../test/support/stored-sale.js';
import { eventfulSale } from '../../test/support/whole-lives.js';

let other: TestDatabase;
/** Without the schema. */
let bare: string;

beforeAll(async () => {
  other = await createTestDatabase();
  bare = `${other.name}_bare`;
  await pools.plain.query(`create database ${bare} template template0`);
});

afterAll(async () => {
  const client = new pg.Client({ connectionString: process.env.FLASHSALE_DATABASE_URL });
  await client.connect();
  await client.query(`drop database if exists ${bare} with (force)`);
  await client.end();
  await other?.drop();
});

beforeEach(async () => {
  for (const batch of eventfulSale('hot').batches) await store.commit([batch]);
});

const flashsale = (args: readonly string[], url = database.url): Promise<Outcome> => runProgram(args, { FLASHSALE_DATABASE_URL: url });
const named = (name: string): string => Object.assign(new URL(database.url), { pathname: `/${name}` }).href;

const SOUND = '26 decisions of 1 SKU, 9 reservations: the ledger is unbroken and everything equals its replay\n';

test('verify says what it has verified', async () => {
  expect(await flashsale(['verify'])).toEqual({ code: 0, stdout: `verify: ${SOUND}`, stderr: '' });
  expect(await flashsale(['verify', '--sku', 'hot'])).toMatchObject({ code: 0, stdout: `verify: ${SOUND}` });
  const { code, stdout } = await flashsale(['verify', '--json']);
  expect([code, JSON.parse(stdout)]).toEqual([0, { decisions: 26, skus: 1, reservations: 9, wrongSkus: 0, findings: [] }]);
});

test('verify names what is wrong: 1', async () => {
  await pools.plain.query(`update stock set confirmed = 0`);
  const { code, stdout, stderr } = await flashsale(['verify']);
  expect([code, stderr]).toEqual([1, '']);
  expect(stdout).toMatch(/^SKU hot, sequence 26 \(offset \d+\), table stock: confirmed: expected 1, found 0\nverify: WRONG: 1 of 1 SKU,/);
  const json = await flashsale(['verify', '--json']);
  expect([json.code, JSON.parse(json.stdout)]).toMatchObject([
    1,
    { wrongSkus: 1, findings: [{ skuId: 'hot', what: 'confirmed', found: '0' }] },
  ]);
});

test('verify of a SKU that nobody knows is a usage error: 64', async () => {
  expect(await flashsale(['verify', '--sku', 'cold'])).toMatchObject({
    code: 64,
    stderr: expect.stringContaining('nothing was ever decided'),
  });
});

test.each([['verify'], ['rebuild', '--into', 'postgres://nobody@127.0.0.1:1/none']])(
  '%s without the schema says what to do: 78',
  async (...args) => {
    const { code, stderr } = await flashsale(args, named(bare));
    expect([code, stderr]).toEqual([78, expect.stringMatching(/lacks the migrations.*0001_reservations.sql[\s\S]*main.js migrate/)]);
  },
);

test('verify of a database that does not answer: 69', async () => {
  const { code, stderr } = await flashsale(['verify'], 'postgres://shop:hunter2@127.0.0.1:1/sale');
  expect([code, stderr]).toEqual([69, expect.stringContaining('PostgreSQL at 127.0.0.1:1/sale does not answer')]);
  expect(stderr).not.toContain('hunter2');
});

test('rebuild migrates and fills an empty database, and only that: 78 for any other', async () => {
  const rebuild = (into: string): Promise<Outcome> => flashsale(['rebuild', '--into', into]);
  expect(await rebuild(database.url)).toMatchObject({
    code: 78,
    stderr: expect.stringContaining('it is the database that the ledger is in'),
  });
  expect(await rebuild(named(bare))).toEqual({ code: 0, stdout: `rebuild: ${SOUND}`, stderr: '' });
  expect(await rebuild(named(bare))).toMatchObject({ code: 78, stderr: expect.stringContaining('it is not empty') });
  expect(await rebuild('postgres://nobody@127.0.0.1:1/none')).toMatchObject({ code: 69 });
  expect(await rebuild('mysql://127.0.0.1/none')).toMatchObject({ code: 64 });
});

test("rebuild leaves somebody else's database alone: 78", async () => {
  const foreign = await createTestDatabase();
  const client = new pg.Client({ connectionString: foreign.url });
  await client.connect();
  await client.query('drop schema public cascade; create schema public; create table theirs (id int)');
  const { code, stderr } = await flashsale(['rebuild', '--into', foreign.url]);
  const { rows } = await client.query(`select relname from pg_class where relnamespace = 'public'::regnamespace`);
  await client.end();
  await foreign.drop();
  expect([code, stderr, rows]).toEqual([78, expect.stringContaining('none of them is of this service'), [{ relname: 'theirs' }]]);
});

test('rebuild of a broken ledger builds nothing: 1', async () => {
  await pools.plain.query(`delete from ledger where first_sequence = 9`);
  const { code, stdout } = await flashsale(['rebuild', '--into', other.url]);
  expect([code, stdout]).toEqual([
    1,
    expect.stringMatching(/^SKU hot, sequence 15 .*\nrebuild: WRONG: the ledger is broken, so nothing was built\n$/),
  ]);
});
