import { readFileSync, writeFileSync } from 'node:fs';
import type { Client } from 'pg';
import { createTestDatabase, type TestDatabase } from '../../test/support/database.js';
import { describeSchema } from '../../test/support/describe-schema.js';
import { loadConfig } from '../config.js';
import { createClient, createKnex } from '../connections/postgres.js';
import { migrate, migrationNames, pendingMigrations, schemaFaults } from './migrate.js';

const SCHEMA = new URL('../../db/schema.sql', import.meta.url);

let database: TestDatabase;
let client: Client;
const config = () => loadConfig({ FLASHSALE_DATABASE_URL: database.url }).postgres;

beforeAll(async () => {
  database = await createTestDatabase();
  client = createClient(config(), 'test');
  await client.connect();
});

afterAll(async () => {
  await client?.end();
  await database?.drop();
});

describe('a migrated database', () => {
  test('lacks nothing, and a start sees no fault', async () => {
    expect(await pendingMigrations(client)).toEqual([]);
    expect(await schemaFaults(client)).toEqual([]);
  });

  test('has the schema of db/schema.sql', async () => {
    const schema = await describeSchema(client);
    if (process.env.RENEW_SCHEMA) writeFileSync(SCHEMA, schema);
    // Differs on purpose? RENEW_SCHEMA=1 npm test -- src/catalogue
    expect(schema).toBe(readFileSync(SCHEMA, 'utf8'));
  });
});

describe('a database that is not migrated', () => {
  beforeAll(async () => {
    await client.query('drop schema public cascade');
    await client.query('create schema public');
  });

  test('lacks every migration, and the fault says what to run', async () => {
    expect(await pendingMigrations(client)).toEqual(migrationNames());
    expect((await schemaFaults(client)).join()).toContain('main.js migrate');
    const { rows } = await client.query(`select relname from pg_class where relnamespace = 'public'::regnamespace`);
    expect(rows).toEqual([]);
  });

  test('is migrated once by three at the same time, although one that died left its note', async () => {
    const knexes = [1, 2, 3].map((number) => createKnex(config(), { name: `test-${number}`, connections: 2 }));
    try {
      const applied = await Promise.all(knexes.map(migrate));
      expect(applied.flat()).toEqual(migrationNames());
      await client.query('update knex_migrations_lock set is_locked = 1');
      expect(await migrate(knexes[0]!)).toEqual([]);
    } finally {
      await Promise.all(knexes.map((knex) => knex.destroy()));
    }
    expect(await pendingMigrations(client)).toEqual([]);
  });
});
