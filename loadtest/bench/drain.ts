import { setTimeout as wait } from 'node:timers/promises';
import type { SkuId } from '../../src/domain/ids.js';
import type { Servers } from '../k6/own-place.js';
import { createSkuCommand, reserveCommand } from './commands.js';
import { openFeed } from './feed.js';
import { bucketsOf, quantile, valueOf } from './histogram.js';
import { postgresCpuSeconds } from './postgres-cpu.js';
import { openStand, type Stand } from './stand.js';

const SKU = 'drain' as SkuId;
const STILL_MS = 60_000;

export interface DrainResult {
  readonly commands: number;
  readonly perSecond: number;
  readonly batchP50Ms: number;
  readonly batchP95Ms: number;
  /** CPU microseconds a command. */
  readonly writerCpuMicros: number;
  readonly postgresCpuMicros: number | null;
}

/**
 * How fast a full writer (ledger, announcements, positions) empties a log that was filled before it started: one SKU, every command of
 * another buyer, half of them served and half sold out. The rate is by the ledger's own times, first to last commit.
 */
export async function drain(servers: Servers, commands: number): Promise<DrainResult> {
  const stand = await openStand(servers);
  try {
    await preload(stand, commands);
    const cpuBefore = await postgresCpuSeconds(stand.database);
    const { metrics } = await stand.startWriter();
    await untilDecided(stand, commands + 1);
    const cpuAfter = await postgresCpuSeconds(stand.database);
    const page = await metrics();
    const latency = bucketsOf(page, 'flashsale_batch_latency_seconds');
    return {
      commands,
      perSecond: await rateByLedger(stand),
      batchP50Ms: quantile(0.5, latency) * 1000,
      batchP95Ms: quantile(0.95, latency) * 1000,
      writerCpuMicros: (valueOf(page, 'process_cpu_seconds_total') / commands) * 1e6,
      postgresCpuMicros: cpuBefore === null || cpuAfter === null ? null : ((cpuAfter - cpuBefore) / commands) * 1e6,
    };
  } finally {
    await stand.drop();
  }
}

async function preload({ place, servers }: Stand, commands: number): Promise<void> {
  const feed = await openFeed(servers.kafkaBrokers.split(','), place.topic);
  await feed.publish(createSkuCommand(SKU, Math.floor(commands / 2)));
  const block = 20_000;
  for (let first = 0; first < commands; first += block) {
    const count = Math.min(block, commands - first);
    await Promise.all(Array.from({ length: count }, (_, at) => feed.publish(reserveCommand(SKU, `buyer-${first + at}`))));
  }
  await feed.close();
}

/** @throws when the writer makes no progress for a minute */
async function untilDecided({ database }: Stand, sequence: number): Promise<void> {
  let last = -1;
  let changedAt = Date.now();
  while (last < sequence) {
    const { rows } = await database.query<{ sequence: string }>('select sequence from stock');
    const now = Number(rows[0]?.sequence ?? 0);
    if (now > last) {
      last = now;
      changedAt = Date.now();
    } else if (Date.now() - changedAt > STILL_MS) throw new Error(`the writer stands still at ${last} of ${sequence} decisions`);
    await wait(50);
  }
}

/** From the second entry on: the first holds the wait for the group, and cold code. */
async function rateByLedger({ database }: Stand): Promise<number> {
  const { rows } = await database.query<{ rate: number }>(`
    select (max(last_sequence) - min(last_sequence)) / extract(epoch from max(decided_at) - min(decided_at))::float8 as rate
    from ledger where first_sequence > 1`);
  return rows[0]?.rate ?? Number.NaN;
}
