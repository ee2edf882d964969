import type pg from 'pg';

/** By the clock of the database's machine, which is this one's. */
export interface Span {
  readonly from: number;
  readonly until: number;
}

/** For how long at most nothing was decided in one of these partitions, all of which were fed. @returns milliseconds */
export async function longestPause(sql: pg.Client, partitions: Iterable<number>, { from, until }: Span): Promise<number> {
  const { rows } = await sql.query<{ partition: number; at: number }>(
    `select distinct partition, (extract(epoch from decided_at) * 1000)::float8 as at from ledger
     where decided_at between to_timestamp($1 / 1000.0) and to_timestamp($2 / 1000.0) order by partition, at`,
    [from, until],
  );
  const pauses = [...partitions].map((partition) => {
    const times = [from, ...rows.filter((row) => row.partition === partition).map(({ at }) => at), until];
    return Math.max(...times.slice(1).map((at, n) => at - (times[n] as number)));
  });
  return Math.max(...pauses);
}
