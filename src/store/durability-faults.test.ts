import pg from 'pg';
import { createTestDatabase, type TestDatabase } from '../../test/support/database.js';
import { durabilityFaults } from './durability-faults.js';

let database: TestDatabase;
let client: pg.Client;
beforeAll(async () => {
  database = await createTestDatabase();
  client = new pg.Client({ connectionString: database.url });
  await client.connect();
});
afterAll(async () => {
  await client?.end();
  await database?.drop();
});

test('a server whose commits last has no faults', async () => {
  expect(await durabilityFaults(client)).toEqual([]);
});

test.each(['on', 'local', 'remote_apply'])('synchronous_commit = %s is none', async (value) => {
  await client.query(`set synchronous_commit = ${value}`);
  expect(await durabilityFaults(client)).toEqual([]);
});

test('a session that does not wait for its commits is named, with what to do', async () => {
  await client.query('set synchronous_commit = off');
  expect(await durabilityFaults(client)).toEqual([
    expect.stringMatching(/^PostgreSQL runs with synchronous_commit = off .*\nSwitch it on: alter role/),
  ]);
});
