import { readdirSync, readFileSync } from 'node:fs';
import type pg from 'pg';

const TICKS_PER_SECOND = 100;

/**
 * CPU seconds used so far by a local PostgreSQL: the server and all its present backends. Null when it does not run on this machine.
 * A backend that ended takes its share with it: compare only while the same connections stay open.
 */
export async function postgresCpuSeconds(database: pg.ClientBase): Promise<number | null> {
  const { rows } = await database.query<{ pid: number }>('select pg_backend_pid() as pid');
  const own = stat(rows[0]?.pid ?? 0);
  if (own === null || !own.name.startsWith('postgres')) return null;
  const family = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => stat(Number(pid)) ?? [])
    .filter(({ pid, parent }) => parent === own.parent || pid === own.parent);
  return family.reduce((sum, { ticks }) => sum + ticks, 0) / TICKS_PER_SECOND;
}

/** CPU seconds that a process of this machine has used so far; null where there is none of this number. */
export function cpuSecondsOf(pid: number): number | null {
  const found = stat(pid);
  return found === null ? null : found.ticks / TICKS_PER_SECOND;
}

function stat(pid: number): { pid: number; name: string; parent: number; ticks: number } | null {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const name = text.slice(text.indexOf('(') + 1, text.lastIndexOf(')'));
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return { pid, name, parent: Number(fields[1]), ticks: Number(fields[11]) + Number(fields[12]) };
  } catch {
    return null;
  }
}
