import { readdirSync, readFileSync } from 'node:fs';
import type { Knex } from 'knex';
import type { ClientBase } from 'pg';

/** The same way from src/catalogue and, after the build, from dist/src/catalogue: the build copies db/migrations. */
const FOLDER = new URL('../../db/migrations/', import.meta.url);

const sql = (name: string): string => readFileSync(new URL(`./sql/${name}.sql`, import.meta.url), 'utf8');
const TAKE_LOCK = sql('take-migration-lock');
const EVER_MIGRATED = sql('is-ever-migrated');
const APPLIED = sql('applied-migrations');

/** File names in the order in which they are applied. */
export const migrationNames = (): readonly string[] =>
  readdirSync(FOLDER)
    .filter((file) => file.endsWith('.sql'))
    .sort();

export const migrationText = (name: string): string => readFileSync(new URL(name, FOLDER), 'utf8');

/** Each migration is a file of SQL in a transaction of its own. */
const source: Knex.MigrationSource<string> = {
  getMigrations: async () => [...migrationNames()],
  getMigrationName: (name) => name,
  getMigration: async (name) => ({
    // knex takes an unescaped question mark for a binding, in comments too.
    up: (transaction) => transaction.raw(migrationText(name).replaceAll('?', '\\?')),
    down: () => Promise.reject(new Error('migrations are not undone; write a new one')),
  }),
};

/**
 * Applies what is missing. Several may call at once: one works, the others wait and find it done.
 * @returns the names applied now
 */
export async function migrate(knex: Knex): Promise<readonly string[]> {
  return knex.transaction(async (holder) => {
    await holder.raw('set local lock_timeout = 0');
    await holder.raw(TAKE_LOCK);
    // A lock that is still noted is that of a process which died: a living one would hold ours.
    await knex.migrate.forceFreeMigrationsLock({ migrationSource: source });
    const [, applied] = (await knex.migrate.latest({ migrationSource: source })) as [number, string[]];
    return applied;
  });
}

/** Migrations that the database lacks; newer ones that it has beyond ours are no fault (a rolling update). Changes nothing. */
export async function pendingMigrations(client: ClientBase): Promise<readonly string[]> {
  const { rows: answer } = await client.query<{ ever: boolean }>(EVER_MIGRATED);
  if (!answer[0]?.ever) return migrationNames();
  const { rows } = await client.query<{ name: string }>(APPLIED);
  const applied = new Set(rows.map(({ name }) => name));
  return migrationNames().filter((name) => !applied.has(name));
}

/** What keeps the service from starting, in words, with what to do. */
export async function schemaFaults(client: ClientBase): Promise<readonly string[]> {
  const pending = await pendingMigrations(client);
  if (pending.length === 0) return [];
  return [
    `The database lacks ${pending.length === 1 ? 'the migration' : 'the migrations'} ${pending.join(', ')}.\nRun: node dist/src/cli/main.js migrate`,
  ];
}
