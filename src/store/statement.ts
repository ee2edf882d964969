import { readFileSync } from 'node:fs';
import type { ClientBase, Pool, QueryResultRow } from 'pg';
import type { Millis } from '../domain/ids.js';

/** Told how long a statement took, in seconds. */
export type ObserveStatement = (statement: string, seconds: number) => void;

export type Statement<Row> = (database: Pool | ClientBase, values: readonly unknown[], observe: ObserveStatement) => Promise<Row[]>;

/** Statements that may wait for a connection of a pool: a second's work of four connections at 2 ms each. The driver would let any number wait. */
const MAX_WAITING = 2_000;

/**
 * A file of `sql/` as a function. It is prepared once a connection, under its file's name. Errors are the driver's, and that too many wait
 * for a connection already.
 */
export function statement<Row extends QueryResultRow>(name: string): Statement<Row> {
  const text = readFileSync(new URL(`./sql/${name}.sql`, import.meta.url), 'utf8');
  return async (database, values, observe) => {
    if ('waitingCount' in database && database.waitingCount >= MAX_WAITING)
      throw new Error(`${name} is not asked: ${MAX_WAITING} statements wait for a connection to PostgreSQL`);
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
