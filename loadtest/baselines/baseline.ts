import { readFileSync } from 'node:fs';
import pg from 'pg';

/** One unit for one buyer, or what becomes of it. */
export interface Ask {
  readonly kind: 'reserve' | 'confirm' | 'cancel';
  readonly skuId: string;
  readonly reservationId: string;
  readonly buyer: string;
}

/** The end of a reservation, as the statements take it: its new status, and the units that are sold by it. */
export const endOf = ({ kind }: Ask): [status: string, confirmed: 0 | 1] => (kind === 'confirm' ? ['CONFIRMED', 1] : ['CANCELLED', 0]);

/** What people use instead: each request by itself, in the database, as well as it can be done that way. */
export interface Baseline {
  readonly name: string;
  /** In words, for the report. */
  readonly how: string;
  /** @param connections that may be busy at once */
  readonly open: (databaseUrl: string, connections: number) => Promise<OpenBaseline>;
}

export interface OpenBaseline {
  /** Whether the buyer got the unit, or the reservation ended. @throws what the database says; nothing is changed then */
  readonly apply: (ask: Ask) => Promise<boolean>;
  readonly close: () => Promise<void>;
}

/** A file of `sql/`, prepared once a connection. Answers the rows. */
export function prepared<Row extends pg.QueryResultRow>(
  name: string,
): (client: pg.ClientBase, values: readonly unknown[]) => Promise<Row[]> {
  const text = readFileSync(new URL(`./sql/${name}.sql`, import.meta.url), 'utf8');
  return async (client, values) => (await client.query<Row>({ name, text, values: [...values] })).rows;
}

/** A baseline whose requests each take a connection of a pool. */
export function onPool(apply: (client: pg.PoolClient, ask: Ask) => Promise<boolean>): Baseline['open'] {
  return async (connectionString, connections) => {
    const pool = new pg.Pool({ connectionString, max: connections });
    return {
      async apply(ask) {
        const client = await pool.connect();
        let broken = true;
        try {
          const answer = await apply(client, ask);
          broken = false;
          return answer;
        } finally {
          client.release(broken);
        }
      },
      close: () => pool.end(),
    };
  };
}

/** Commits what the work did, or undoes it where it throws. */
export async function inTransaction<T>(client: pg.PoolClient, work: () => Promise<T>): Promise<T> {
  await client.query('begin');
  try {
    const answer = await work();
    await client.query('commit');
    return answer;
  } catch (error) {
    await client.query('rollback');
    throw error;
  }
}
