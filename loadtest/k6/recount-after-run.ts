import pg from 'pg';
import type { Figures } from '../../src/audit/figures.js';
import { recount } from '../../src/audit/recount.js';
import { untilDrained } from '../stand/drained.js';
import type { Member } from '../stand/members.js';
import type { Place } from '../stand/place.js';

/** What the clients of the run know; the database is asked whether it knows the same. */
export interface Accepted {
  /** Requests that were answered 202 or 201, each under a key of its own. */
  readonly count: number;
  /** Their ids; empty in a run so large that only the number is kept. */
  readonly ids: readonly string[];
}

/** Every fault that the recount knows; those that `fifoViolations` sums are in it. */
export type Zeroes = Pick<
  Figures,
  'oversold' | 'lost' | 'duplicates' | 'fifoViolations' | 'lifeBreaks' | 'conservationBreaks' | 'unreadable'
> & {
  readonly unaccounted: number;
};

/** Waits until every record of the run's topic is decided, then has the service's own recount look at rows and ledger. */
export async function recountAfterRun(place: Place, members: readonly Member[], accepted: Accepted): Promise<Zeroes> {
  const database = new pg.Client({ connectionString: place.databaseUrl, connectionTimeoutMillis: 10_000 });
  await database.connect();
  try {
    await untilDrained(place, database, members);
    const { totals, accountingBreaks } = await recount(database, { acceptedIds: accepted.ids });
    const lost = Math.max(totals.lost, accepted.count - (await settled(database)));
    return { ...totals, lost, unaccounted: accountingBreaks };
  } finally {
    await database.end();
  }
}

/** Reservations that have an outcome of any kind. More than were accepted is right: an answer can be lost on its way back. */
async function settled(database: pg.Client): Promise<number> {
  const { rows } = await database.query<{ settled: number }>(
    'select ((select count(*) from reservations) + (select count(*) from dead_letters))::float8 as settled',
  );
  return rows[0]?.settled ?? 0;
}
