import { readdirSync } from 'node:fs';
import type pg from 'pg';
import { processUsage } from './process-usage.js';

/**
 * CPU seconds used so far by a local PostgreSQL: the server, its backends, and those that have ended. Null when it does not run on this
 * machine.
 */
export async function postgresCpuSeconds(database: pg.ClientBase): Promise<number | null> {
  const { rows } = await database.query<{ pid: number }>('select pg_backend_pid() as pid');
  const own = processUsage(rows[0]?.pid ?? 0);
  if (own === null || !own.name.startsWith('postgres')) return null;
  const family = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => processUsage(Number(pid)) ?? [])
    .filter(({ pid, parent }) => parent === own.parent || pid === own.parent);
  const ended = processUsage(own.parent)?.endedSeconds ?? 0;
  return family.reduce((sum, { cpuSeconds }) => sum + cpuSeconds, ended);
}
