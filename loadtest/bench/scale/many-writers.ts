import { readFileSync } from 'node:fs';
import { untilDrained } from '../../stand/drained.js';
import { untilReady } from '../../stand/ready.js';
import type { Servers } from '../../stand/servers.js';
import { type Load, preload, rateByLedger } from '../drain.js';
import { numberOf } from '../histogram.js';
import { postgresCpuSeconds } from '../postgres-cpu.js';
import { onStand, type Stand } from '../stand.js';

const RATE_SINCE = readFileSync(new URL('./sql/rate-since.sql', import.meta.url), 'utf8');

export interface ManyWritersResult {
  readonly writers: number;
  readonly perSecond: number;
  /** The rate is that of the whole drain, with the time in which the partitions were shared out. */
  readonly isOfWhole: boolean;
  /** CPU microseconds a command, of all writers together. */
  readonly writerCpuMicros: number;
  readonly postgresCpuMicros: number | null;
  /** Of the largest. */
  readonly writerBytes: number;
}

/** A log of many SKUs that was filled before, worked off by writers that share the partitions among themselves. */
export function drainByMany(servers: Servers, writers: number, load: Load): Promise<ManyWritersResult> {
  return onStand(servers, async (stand) => {
    const { place, database } = stand;
    await preload(stand, load);
    const cpuBefore = await postgresCpuSeconds(database);
    const started = await Promise.all(Array.from({ length: writers }, () => stand.startWriter()));
    const members = started.map(({ member }) => member);
    await untilReady(members);
    const { rows } = await database.query<{ now: string }>('select clock_timestamp()::text as now');
    await untilDrained(place, database, members);
    const cpuAfter = await postgresCpuSeconds(database);
    const pages = await Promise.all(started.map(({ metrics }) => metrics()));
    const cpu = pages.reduce((sum, page) => sum + numberOf(page, 'process_cpu_seconds_total'), 0);
    return {
      writers,
      ...(await rateOf(stand, load, rows[0]?.now ?? '')),
      writerCpuMicros: (cpu / load.commands) * 1e6,
      postgresCpuMicros: cpuBefore === null || cpuAfter === null ? null : ((cpuAfter - cpuBefore) / load.commands) * 1e6,
      writerBytes: Math.max(...pages.map((page) => numberOf(page, 'process_resident_memory_bytes'))),
    };
  });
}

/** From when the partitions were shared out; of the whole, where too little was left then to say anything. */
async function rateOf(stand: Stand, load: Load, sharedOutAt: string): Promise<{ perSecond: number; isOfWhole: boolean }> {
  const { rows } = await stand.database.query<{ decisions: number; rate: number | null }>(RATE_SINCE, [sharedOutAt]);
  const [{ decisions, rate } = { decisions: 0, rate: null }] = rows;
  if (rate !== null && decisions >= load.commands / 2) return { perSecond: rate, isOfWhole: false };
  return { perSecond: await rateByLedger(stand, load), isOfWhole: true };
}
