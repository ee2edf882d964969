import { createHash, randomBytes } from 'node:crypto';
import pg from 'pg';
import { migrate, migrationNames, migrationText } from '../../src/catalogue/migrate.js';
import { loadConfig } from '../../src/config.js';
import { createKnex } from '../../src/connections/postgres.js';

/** A database of its own for one test file: migrated, empty, gone afterwards. */
export interface TestDatabase {
  readonly name: string;
  readonly url: string;
  /** With `keep` it stays for a look, and its address is printed. */
  drop(options?: { keep?: boolean }): Promise<void>;
}

/**
 * Copies a migrated template, which takes a tenth of the time of migrating, and more with every migration.
 * Needs a server named by FLASHSALE_DATABASE_URL with the right to create databases; `npm test` brings one.
 */
export async function createTestDatabase(): Promise<TestDatabase> {
  const serverUrl = serverUrlOrFail();
  const name = `flashsale_test_${process.pid}_${randomBytes(4).toString('hex')}`;
  await onServer(serverUrl, async (client) => {
    const template = await templateOn(client, serverUrl);
    await client.query(`create database ${name} template ${template}`);
  });
  const url = databaseUrl(serverUrl, name);
  return {
    name,
    url,
    async drop({ keep = false } = {}) {
      if (keep) return console.log(`kept for a look: psql ${url}`);
      // Force: a test that failed may have left connections.
      await onServer(serverUrl, (client) => client.query(`drop database if exists ${name} with (force)`));
    },
  };
}

function serverUrlOrFail(): string {
  const url = process.env.FLASHSALE_DATABASE_URL;
  if (url === undefined)
    throw new Error('FLASHSALE_DATABASE_URL is not set: run this suite by `npm test -- <path>`, which starts the servers');
  return url;
}

function databaseUrl(serverUrl: string, name: string): string {
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  return url.href;
}

async function onServer<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url, application_name: 'flashsale-test-support' });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/** The template of these very migrations, made by the first who asks; jest's workers are processes, so the lock is the server's. */
async function templateOn(client: pg.Client, serverUrl: string): Promise<string> {
  const hash = createHash('sha256');
  for (const name of migrationNames()) hash.update(`${name}\n${migrationText(name)}\n`);
  const digest = hash.digest('hex').slice(0, 12);
  const template = `flashsale_template_${digest}`;
  if (await exists(client, template)) return template;
  await client.query(`select pg_advisory_lock(hashtext($1))`, [template]);
  try {
    if (!(await exists(client, template))) await makeTemplate(client, serverUrl, template);
  } finally {
    await client.query(`select pg_advisory_unlock(hashtext($1))`, [template]);
  }
  return template;
}

async function exists(client: pg.Client, database: string): Promise<boolean> {
  return (await client.query('select from pg_database where datname = $1', [database])).rows.length > 0;
}

/** Under another name until it is complete, so that a run which dies half-way leaves no half template. */
async function makeTemplate(client: pg.Client, serverUrl: string, template: string): Promise<void> {
  const draft = `${template}_draft`;
  await client.query(`drop database if exists ${draft} with (force)`);
  await client.query(`create database ${draft} template template0`);
  const { postgres } = loadConfig({ FLASHSALE_DATABASE_URL: databaseUrl(serverUrl, draft) });
  const knex = createKnex(postgres, { name: 'test-template', connections: 2 });
  try {
    await migrate(knex);
  } finally {
    await knex.destroy();
  }
  await client.query(`alter database ${draft} rename to ${template}`);
}
