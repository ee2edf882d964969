import { randomInt } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { ClientBase } from 'pg';

const sql = (name: string): string => readFileSync(new URL(`./sql/${name}.sql`, import.meta.url), 'utf8');
const FOREIGN_TABLES = sql('foreign-tables');
const IS_EMPTY = sql('is-empty');

/** Why a database cannot be migrated to be the target of a rebuild; null where it can. Asked before anything is changed there. */
export async function whyNotMigrated(source: ClientBase, target: ClientBase): Promise<string | null> {
  if (await areTheSame(source, target)) return 'it is the database that the ledger is in';
  const { rows } = await target.query<{ foreign_tables: boolean }>(FOREIGN_TABLES);
  return rows[0]?.foreign_tables ? 'it has tables, and none of them is of this service' : null;
}

/** Whether a migrated database has nothing in it yet. */
export async function isEmpty(target: ClientBase): Promise<boolean> {
  const { rows } = await target.query<{ empty: boolean }>(IS_EMPTY);
  return rows[0]?.empty === true;
}

/** An advisory lock is seen by its own database only: host names, ports and proxies in the two addresses do not matter. */
async function areTheSame(source: ClientBase, target: ClientBase): Promise<boolean> {
  const key = randomInt(2 ** 47);
  await source.query('select pg_advisory_lock($1)', [key]);
  try {
    const { rows } = await target.query<{ taken: boolean }>('select pg_try_advisory_lock($1) as taken', [key]);
    if (rows[0]?.taken) await target.query('select pg_advisory_unlock($1)', [key]);
    return rows[0]?.taken !== true;
  } finally {
    await source.query('select pg_advisory_unlock($1)', [key]);
  }
}
