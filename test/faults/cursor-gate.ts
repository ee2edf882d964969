import pg from 'pg';

/**
 * Holds up the relay at the moment between its two steps: the brokers have the events, and the cursor is about to move behind them. What
 * happens to a process that is killed right there can then be chosen.
 */
export interface CursorGate {
  /** The cursors of these partitions wait. */
  close(partitions: Iterable<number>): Promise<void>;
  /** The database's processes that wait. */
  waiting(): Promise<readonly number[]>;
  /** Ends them: their cursors do not move. */
  terminate(pids: readonly number[]): Promise<void>;
  open(): Promise<void>;
  end(): Promise<void>;
}

/** Its own key: a commit gate may be in the same database. */
const LOCK = 2;

const SET_UP = `
create table cursor_gate (partition integer primary key);
create function pass_cursor_gate() returns trigger language plpgsql as $$ begin
  if exists (select from cursor_gate g where g.partition = new.partition) then perform pg_advisory_xact_lock_shared(${LOCK}); end if;
  return new;
end $$;
create trigger cursor_gate before update of relayed_through on partitions for each row execute function pass_cursor_gate();`;

export async function cursorGate(databaseUrl: string): Promise<CursorGate> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  await client.query(SET_UP);
  return {
    async close(partitions) {
      await client.query(`select pg_advisory_lock(${LOCK})`);
      await client.query('insert into cursor_gate select unnest($1::int[])', [[...partitions]]);
    },
    async waiting() {
      const { rows } = await client.query<{ pid: number }>(
        `select pid from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock' and wait_event = 'advisory'`,
      );
      return rows.map(({ pid }) => pid);
    },
    async terminate(pids) {
      await client.query('select pg_terminate_backend(pid, 5000) from unnest($1::int[]) as waiting (pid)', [pids]);
    },
    async open() {
      await client.query('delete from cursor_gate');
      await client.query('select pg_advisory_unlock_all()');
    },
    end: () => client.end(),
  };
}
