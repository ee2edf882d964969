import { readFileSync } from 'node:fs';
import type { ClientBase, Pool } from 'pg';
import type { Millis } from '../domain/ids.js';
import type { Actor, SaleState } from '../ports/operations.js';

type Database = Pick<ClientBase | Pool, 'query'>;

interface SaleRow {
  readonly state: SaleState['state'];
  readonly reason: string | null;
  readonly changed_by: string | null;
  readonly since: Millis;
}

const sql = (name: string): string => readFileSync(new URL(`./sql/${name}.sql`, import.meta.url), 'utf8');
const SALE = sql('sale');
const TURN = sql('turn-sale');

/**
 * Halts the sale: within a second no API process takes a new reservation. What was accepted before is decided, and everything else goes on.
 * One that is halted stays as it was, with its first reason. Noted in the operators' log in either case.
 * @param database a connection of src/connections/postgres.ts, where times are milliseconds
 * @returns the sale as it is from then on
 */
export const haltSale = (database: Database, by: Actor, reason: string): Promise<SaleState> =>
  turn(database, ['HALTED', reason, by.name, by.principal, 'halt-sale']);

/** The opposite, noted likewise. */
export const resumeSale = (database: Database, by: Actor, reason: string | null): Promise<SaleState> =>
  turn(database, ['RUNNING', reason, by.name, by.principal, 'resume-sale']);

export async function readSale(database: Database): Promise<SaleState> {
  const { rows } = await database.query<SaleRow>({ name: 'sale', text: SALE });
  return saleOf(rows);
}

async function turn(database: Database, values: readonly (string | null)[]): Promise<SaleState> {
  const { rows } = await database.query<SaleRow>(TURN, [...values]);
  return saleOf(rows);
}

function saleOf([row]: readonly SaleRow[]): SaleState {
  if (row === undefined) throw new Error('the table "sale" has lost its row');
  const { state, reason, changed_by: changedBy, since } = row;
  return { state, reason, changedBy, since };
}
