import { setTimeout as wait } from 'node:timers/promises';
import { Option } from 'commander';
import type { SkuId } from '../../src/domain/ids.js';
import { wholeNumber } from '../stand/command-line.js';
import type { Servers } from '../stand/servers.js';
import type { Bench, Findings } from './bench.js';
import { startFeeder } from './feed.js';
import { decidedBy, untilFed } from './feed-begun.js';
import { bucketsOf, quantile, since } from './histogram.js';
import { listOf } from './list-option.js';
import { megabytes, micros, ms, rate } from './report/units.js';
import { createSkus } from './skus.js';
import { onStand, type Stand, type Writer } from './stand.js';
import { type CostOfCommand, costBetween, usageNow } from './usage.js';

/** Of the writer and of a broker that has just been started: with 5 s the p95 is four times as high. */
const WARM_UP_SECONDS = 20;
const SKUS = [1, 20, 200] as const;
const SETTLE_SECONDS = 1;

interface Time {
  readonly seconds: number;
  /** Seconds before them. */
  readonly warmUp: number;
}

interface LatencyOptions extends Time {
  readonly rate: readonly number[];
}

export interface LatencyResult extends CostOfCommand {
  readonly skus: number;
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly p99Ms: number;
}

function latency(servers: Servers, perSecond: number, skus: number, options: Time): Promise<LatencyResult> {
  return onStand(servers, async (stand) => latencyOn(stand, await stand.startWriter(), perSecond, skus, options));
}

/**
 * From the broker's append to the committed decision, as the writer sees it, while another process publishes at a constant rate.
 * The first seconds (cold code, first plans) are left out.
 */
export async function latencyOn(
  stand: Stand,
  writer: Writer,
  perSecond: number,
  skus: number,
  { seconds, warmUp }: Time,
): Promise<LatencyResult> {
  const { member, metrics } = writer;
  await createSkus(stand, member, new Map(Array.from({ length: skus }, (_, at) => [`sku-${at}` as SkuId, 1_000_000])));
  const decidedBefore = await decidedBy(writer);
  const feeder = await startFeeder(stand.place, perSecond, skus, warmUp + seconds);
  await untilFed(writer, decidedBefore);
  await wait(warmUp * 1000);
  const [before, usedBefore] = [await metrics(), await usageNow(stand, writer)];
  await wait((seconds - SETTLE_SECONDS) * 1000);
  const [after, usedAfter] = [await metrics(), await usageNow(stand, writer)];
  const { code } = await feeder.exited;
  if (code !== 0) throw new Error(`the feeding process ended with code ${code}`);
  const observed = since(bucketsOf(before, 'flashsale_decision_latency_seconds'), bucketsOf(after, 'flashsale_decision_latency_seconds'));
  const decided = observed.at(-1)?.count ?? 0;
  // Seen once: a result of NaN would pass for one, and the writer's log would be thrown away.
  if (decided === 0) throw new Error('nothing was decided while it was measured; the log of the writer is kept');
  return {
    skus,
    perSecond: decided / (seconds - SETTLE_SECONDS),
    p50Ms: quantile(0.5, observed) * 1000,
    p95Ms: quantile(0.95, observed) * 1000,
    p99Ms: quantile(0.99, observed) * 1000,
    ...costBetween(usedBefore, usedAfter),
  };
}

export const latencyBench: Bench<LatencyOptions> = {
  name: 'latency',
  description: 'log to committed decision at constant rates, on one SKU, over 20 and over 200',
  options: [
    new Option('--rate <n...>', 'commands a second').default([1_000, 5_000, 10_000]).argParser(listOf(wholeNumber(1, 1_000_000))),
    new Option('--seconds <n>', 'time measured, for each').default(15).argParser(wholeNumber(2, 3_600)),
    new Option('--warm-up <n>', 'time before it, for each').default(WARM_UP_SECONDS).argParser(wholeNumber(0, 3_600)),
  ],
  quick: { rate: [500], seconds: 3, warmUp: 2 },
  async run(servers, options, tell): Promise<Findings> {
    const found: { readonly asked: number; readonly result: LatencyResult }[] = [];
    for (const asked of options.rate) {
      for (const skus of SKUS) {
        const result = await latency(servers, asked, skus, options);
        found.push({ asked, result });
        tell(`  ${rate(asked)} over ${skus}: p50 ${ms(result.p50Ms)}, p95 ${ms(result.p95Ms)}, p99 ${ms(result.p99Ms)}`);
      }
    }
    // The rate that the service is built for on two cores, or the one that was asked for.
    const told = options.rate.includes(5_000) ? 5_000 : (options.rate[0] as number);
    const p95 = (skus: number): string =>
      ms(found.find(({ asked, result }) => asked === told && result.skus === skus)?.result.p95Ms ?? Number.NaN);
    return {
      how: `Another process publishes at a constant rate; from the broker's append to the commit, as the writer counts it, for ${options.seconds} s after ${options.warmUp} s of warm-up.`,
      tables: [
        {
          columns: ['asked', 'SKUs', 'decided', 'p50', 'p95', 'p99', 'CPU a command: writer', 'PostgreSQL', 'writer memory'],
          rows: found.map(({ asked, result }) => [
            ...[rate(asked), String(result.skus), rate(result.perSecond), ms(result.p50Ms), ms(result.p95Ms), ms(result.p99Ms)],
            ...[micros(result.writerCpuMicros), micros(result.postgresCpuMicros), megabytes(result.writerBytes)],
          ]),
        },
      ],
      lastLine: `latency: 1 SKU p95 ${p95(1)}, 200 SKUs p95 ${p95(200)}`,
    };
  },
};
