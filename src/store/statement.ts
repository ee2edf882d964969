import { readFileSync } from 'node:fs';
import type { ClientBase, Pool, QueryResultRow } from 'pg';
import type { Millis } from '../domain/ids.js';

/** Told how long a statement took, in seconds. */
export type ObserveStatement = (statement: string, seconds: number) => void;

export type Statement<Row> = (database: Pool | ClientBase, values: readonly unknown[], observe: ObserveStatement) => Promise<Row[]>;

/** A file of `sql/` as a function. It is prepared once a connection, under its file's name. Errors are the driver's. */
export function statement<Row extends QueryResultRow>(name: string): Statement<Row> {
  const text = readFileSync(new URL(`./sql/${name}.sql`, import.meta.url), 'utf8');
  return async (database, values, observe) => {
    const started = performance.now();
    try {
      const { rows } = await database.query<Row>({ name, text, values: values as unknown[] });
      return rows;
    } finally {
      observe(name, (performance.now() - started) / 1000);
    }
  };
}

const NOW = statement<{ now: Millis }>('now');

/** The database's clock, epoch milliseconds. */
export async function databaseTime(pool: Pool, observe: ObserveStatement): Promise<Millis> {
  const [row] = await NOW(pool, [], observe);
  if (row === undefined) throw new Error('the database did not tell the time');
  return row.now;
}
