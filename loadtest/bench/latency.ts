import { setTimeout as wait } from 'node:timers/promises';
import type { SkuId } from '../../src/domain/ids.js';
import { assertRunning, type Member } from '../stand/members.js';
import type { Servers } from '../stand/servers.js';
import { createSkuCommand } from './commands.js';
import { openFeed, startFeeder } from './feed.js';
import { bucketsOf, numberOf, quantile, since } from './histogram.js';
import { postgresCpuSeconds } from './postgres-cpu.js';
import { onStand, type Stand } from './stand.js';

/** Of the writer and of a broker that has just been started: with 5 s the p95 is four times as high. */
const WARM_UP_SECONDS = 20;
const SETTLE_SECONDS = 1;

export interface LatencyResult {
  readonly skus: number;
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly p99Ms: number;
  readonly writerCpuMicros: number;
  readonly postgresCpuMicros: number | null;
}

/**
 * From the broker's append to the committed decision, as the writer sees it, while another process publishes at a constant rate.
 * The first seconds (cold code, first plans) are left out.
 */
export function latency(servers: Servers, perSecond: number, skus: number, seconds: number): Promise<LatencyResult> {
  return onStand(servers, async (stand) => {
    const { member, metrics } = await stand.startWriter();
    await createSkus(stand, member, skus);
    const feeder = await startFeeder(stand.place, perSecond, skus, WARM_UP_SECONDS + seconds);
    await wait(WARM_UP_SECONDS * 1000);
    const [before, cpuBefore] = [await metrics(), await postgresCpuSeconds(stand.database)];
    await wait((seconds - SETTLE_SECONDS) * 1000);
    const [after, cpuAfter] = [await metrics(), await postgresCpuSeconds(stand.database)];
    const { code } = await feeder.exited;
    if (code !== 0) throw new Error(`the feeding process ended with code ${code}`);
    const observed = since(bucketsOf(before, 'flashsale_decision_latency_seconds'), bucketsOf(after, 'flashsale_decision_latency_seconds'));
    const decided = observed.at(-1)?.count ?? 0;
    // Seen once: a result of NaN would pass for one, and the writer's log would be thrown away.
    if (decided === 0) throw new Error('nothing was decided while it was measured; the log of the writer is kept');
    const cpu = numberOf(after, 'process_cpu_seconds_total') - numberOf(before, 'process_cpu_seconds_total');
    return {
      skus,
      perSecond: decided / (seconds - SETTLE_SECONDS),
      p50Ms: quantile(0.5, observed) * 1000,
      p95Ms: quantile(0.95, observed) * 1000,
      p99Ms: quantile(0.99, observed) * 1000,
      writerCpuMicros: (cpu / decided) * 1e6,
      postgresCpuMicros: cpuBefore === null || cpuAfter === null ? null : ((cpuAfter - cpuBefore) / decided) * 1e6,
    };
  });
}

async function createSkus({ place, database }: Stand, writer: Member, skus: number): Promise<void> {
  const feed = await openFeed(place);
  await Promise.all(Array.from({ length: skus }, (_, at) => feed.publish(createSkuCommand(`sku-${at}` as SkuId, 1_000_000))));
  await feed.close();
  for (;;) {
    assertRunning([writer]);
    const { rows } = await database.query<{ count: string }>('select count(*) from stock');
    if (Number(rows[0]?.count) >= skus) return;
    await wait(50);
  }
}
