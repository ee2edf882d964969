import pg from 'pg';
import { FAULTS, type FaultName, type Recount } from '../../src/audit/figures.js';
import { createTestDatabase, type TestDatabase } from './database.js';

/** A connection to a database of the test file's own, empty before each test: importing this sets it up. */
export let client: pg.Client;
let database: TestDatabase;

beforeAll(async () => {
  database = await createTestDatabase();
  client = new pg.Client({ connectionString: database.url });
  await client.connect();
});

afterAll(async () => {
  await client?.end();
  await database?.drop();
});

export const clear = (): Promise<unknown> => client.query('truncate stock, reservations, ledger, partitions, dead_letters');
beforeEach(clear);

/** Which faults were found, with their figures. */
export const faultsOf = ({ totals }: Recount): Partial<Record<FaultName, number>> =>
  Object.fromEntries(FAULTS.filter((fault) => totals[fault] !== 0).map((fault) => [fault, totals[fault]]));
