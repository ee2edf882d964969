import { createTestDatabase, type TestDatabase } from '../../test/support/database.js';
import { type Outcome, runProgram } from '../../test/support/program.js';
import { configTable } from '../config/table.js';

let database: TestDatabase;

beforeAll(async () => {
  database = await createTestDatabase();
});

afterAll(() => database?.drop());

const flashsale = (args: readonly string[], environment?: Record<string, string>): Promise<Outcome> =>
  runProgram(args, { FLASHSALE_DATABASE_URL: database.url, ...environment });

test('a key is created, listed and revoked', async () => {
  const created = await flashsale(['keys', 'create', '--name', 'shop', '--scope', 'reserve,admin', '--json']);
  expect(created).toMatchObject({ code: 0, stderr: '' });
  const { key, id } = JSON.parse(created.stdout);
  expect(key).toMatch(/^fsk_/);
  const listed = await flashsale(['keys', 'list']);
  expect(listed.stdout).toMatch(new RegExp(`^${id} +shop +reserve,admin +live$`, 'm'));
  expect(listed.stdout).not.toContain(key);
  expect(await flashsale(['keys', 'revoke', '--name', 'shop', '--id', id])).toMatchObject({ code: 0, stdout: `revoked ${id}\n` });
  expect((await flashsale(['keys', 'revoke', '--name', 'shop'])).stderr).toContain('shop has no live key');
});

test('migrate says what it did', async () => {
  expect(await flashsale(['migrate'])).toMatchObject({ code: 0, stdout: 'the database is up to date\n' });
});

test('config prints every variable', async () => {
  const { code, stdout } = await flashsale(['config']);
  expect(code).toBe(0);
  for (const { name } of configTable()) expect(stdout).toContain(`| \`${name}\` |`);
});

test.each([
  ['an unknown command', ['sell']],
  ['a bad scope', ['keys', 'create', '--name', 'shop', '--scope', 'all']],
  ['a bad name', ['keys', 'create', '--name', 'A shop', '--scope', 'admin']],
  ['no name', ['keys', 'create', '--scope', 'admin']],
])('%s is a usage error: 64', async (_what, args) => {
  const { code, stderr } = await flashsale(args);
  expect({ code, stderr }).toEqual({ code: 64, stderr: expect.stringMatching(/^error: /) });
});

test('faults of the configuration are all named: 78', async () => {
  const { code, stderr } = await flashsale(['config', '--check'], { FLASHSALE_ROLE: 'x', FLASHSALE_HTTP_PORT: 'y' });
  expect(code).toBe(78);
  expect(stderr).toMatch(/FLASHSALE_ROLE.*\n.*FLASHSALE_HTTP_PORT/);
});

test('so are those of buyers’ tokens, and no secret is shown: 78', async () => {
  const { code, stderr } = await flashsale(['config', '--check'], { FLASHSALE_JWT_SECRET: 'hunter2', FLASHSALE_JWT_ALGORITHMS: 'none' });
  expect(code).toBe(78);
  expect(stderr).toMatch(/FLASHSALE_JWT_SECRET: a secret of 7 characters was given.*\n.*FLASHSALE_JWT_ALGORITHMS: "none" was given/);
  expect(stderr).not.toContain('hunter2');
});

test('a server that does not answer is named, with its address: 69', async () => {
  const { code, stderr } = await flashsale(['migrate'], { FLASHSALE_DATABASE_URL: 'postgres://shop:hunter2@127.0.0.1:1/sale' });
  expect(code).toBe(69);
  expect(stderr).toMatch(/^This cannot be done:\n {2}PostgreSQL at 127\.0\.0\.1:1\/sale does not answer/);
  expect(stderr).not.toContain('hunter2');
});
