import pg from 'pg';

/**
 * Holds up statements of the service at a chosen moment, of those partitions that a test names. What happens to a process that is killed or
 * suspended right there, and to what it has sent, can then be chosen.
 */
export interface PartitionGate {
  /** Statements about these partitions wait. */
  close(partitions: Iterable<number>): Promise<void>;
  /** The database's processes that wait here. */
  waiting(): Promise<readonly number[]>;
  /** Those that wait here, or for rows that those have locked. */
  blocked(): Promise<readonly number[]>;
  /** Ends them: their statements change nothing. */
  terminate(pids: readonly number[]): Promise<void>;
  open(): Promise<void>;
  end(): Promise<void>;
}

/** Each with a lock of its own: several gates may be in one database. */
const MOMENTS = {
  /** Decided, and about to be committed. */
  commit: { lock: 3, statement: 'insert on ledger' },
  /** Committed, and where a successor begins is about to move behind it. */
  position: { lock: 4, statement: 'update of next_offset on partitions' },
  /** The brokers have the events, and the relay's cursor is about to move behind them. */
  cursor: { lock: 2, statement: 'update of relayed_through on partitions' },
} as const;

export async function partitionGate(databaseUrl: string, moment: keyof typeof MOMENTS): Promise<PartitionGate> {
  const { lock, statement } = MOMENTS[moment];
  const gate = `${moment}_of_partition_gate`;
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  await client.query(`
    create table ${gate} (partition integer primary key);
    create function pass_${gate}() returns trigger language plpgsql as $$ begin
      if exists (select from ${gate} g where g.partition = new.partition) then perform pg_advisory_xact_lock_shared(${lock}); end if;
      return new;
    end $$;
    create trigger ${gate} before ${statement} for each row execute function pass_${gate}();`);
  const pids = async (query: string): Promise<number[]> => (await client.query<{ pid: number }>(query)).rows.map(({ pid }) => pid);
  return {
    async close(partitions) {
      await client.query(`select pg_advisory_lock(${lock})`);
      await client.query(`insert into ${gate} select unnest($1::int[])`, [[...partitions]]);
    },
    waiting: () =>
      pids(`select l.pid from pg_locks l join pg_database d on d.oid = l.database
            where d.datname = current_database() and l.locktype = 'advisory' and l.objid = ${lock} and not l.granted`),
    blocked: () => pids(`select pid from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`),
    async terminate(those) {
      await client.query('select pg_terminate_backend(pid, 5000) from unnest($1::int[]) as waiting (pid)', [those]);
    },
    async open() {
      await client.query(`delete from ${gate}`);
      await client.query('select pg_advisory_unlock_all()');
    },
    end: () => client.end(),
  };
}
