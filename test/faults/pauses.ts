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

/**
 * How long after this moment the last of these partitions, all of which were fed, had its first decision.
 * @returns milliseconds; Infinity while one of them has none
 */
export async function resumedAfter(sql: pg.Client, partitions: ReadonlySet<number>, moment: number): Promise<number> {
  const { rows } = await sql.query<{ at: number }>(
    `select (extract(epoch from min(decided_at)) * 1000)::float8 as at from ledger
     where partition = any($1) and decided_at > to_timestamp($2 / 1000.0) group by partition`,
    [[...partitions], moment],
  );
  return rows.length < partitions.size ? Number.POSITIVE_INFINITY : Math.max(...rows.map(({ at }) => at)) - moment;
}
