import pg from 'pg';

/**
 * Holds up commits in a test's database at the moment when they write to the ledger: what is decided and not yet committed can be looked
 * at for as long as it takes. A writer of such a test needs time-outs longer than that, PATIENT.
 */
export interface CommitGate {
  /** @param fromOffset commits that end before it pass */
  close(fromOffset?: number): Promise<void>;
  /** Also where it is open. */
  open(): Promise<void>;
  /** Commits that wait, here or for each other. */
  waiting(): Promise<number>;
  end(): Promise<void>;
}

export const PATIENT = { FLASHSALE_LOCK_TIMEOUT_MS: '40000', FLASHSALE_STATEMENT_TIMEOUT_MS: '45000' } as const;

const SET_UP = `
create table commit_gate (from_offset bigint not null);
create function pass_commit_gate() returns trigger language plpgsql as $$ begin
  if new.last_offset >= (select from_offset from commit_gate) then perform pg_advisory_xact_lock_shared(1); end if;
  return new;
end $$;
create trigger commit_gate before insert on ledger for each row execute function pass_commit_gate();`;

export async function commitGate(databaseUrl: string): Promise<CommitGate> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  await client.query(SET_UP);
  return {
    async close(fromOffset = 0) {
      await client.query('delete from commit_gate');
      await client.query('insert into commit_gate values ($1)', [fromOffset]);
      await client.query('select pg_advisory_lock(1)');
    },
    async open() {
      await client.query('select pg_advisory_unlock_all()');
    },
    async waiting() {
      const { rows } = await client.query<{ waiting: number }>(
        `select count(*)::int as waiting from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
      );
      return rows[0]?.waiting ?? 0;
    },
    end: () => client.end(),
  };
}
