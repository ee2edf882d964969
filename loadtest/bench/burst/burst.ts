import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Option } from 'commander';
import { spawnGuarded } from '../../../infra/local/processes.mjs';
import type { SkuId } from '../../../src/domain/ids.js';
import { wholeNumber } from '../../stand/command-line.js';
import { untilDrained } from '../../stand/drained.js';
import type { Servers } from '../../stand/servers.js';
import type { Bench, Findings } from '../bench.js';
import { decidedBy, untilFed } from '../feed-begun.js';
import { count, megabytes, micros, ms, rate } from '../report/units.js';
import { createSkus } from '../skus.js';
import { onStand } from '../stand.js';
import { type CostOfCommand, costBetween, usageNow } from '../usage.js';
import { appendTimes } from './append-times.js';
import { LOOK_EVERY_MS, watchCommits } from './commit-watch.js';
import { type BurstLatencies, burstLatencies, type Percentiles } from './latencies.js';
import { type BurstPlan, skusInEveryPartition } from './plan.js';

/** Five in each partition: the burst's own one too. */
const OTHER_SKUS = 50;
/** For all that the others ask for. */
const PLENTY = 10_000_000;
const BETWEEN_BURSTS_SECONDS = 4;

interface BurstOptions {
  /** Commands of a burst. */
  readonly commands: number;
  readonly bursts: number;
  /** Commands a second for the other SKUs, together. */
  readonly rate: number;
  /** Without a burst. */
  readonly seconds: number;
  readonly warmUp: number;
}

interface BurstResult {
  readonly latencies: BurstLatencies;
  readonly costWithout: CostOfCommand;
  readonly costBeside: CostOfCommand;
}

/** What a burst for one SKU does to the others: bursts one after another, each for a SKU of its own in the next partition. */
function burst(servers: Servers, { commands, bursts, rate: perSecond, seconds, warmUp }: BurstOptions): Promise<BurstResult> {
  return onStand(servers, async (stand) => {
    const { place, database } = stand;
    const writer = await stand.startWriter();
    const [others, hot] = [skusInEveryPartition('other', OTHER_SKUS), skusInEveryPartition('hot', bursts)];
    const totals = [...others.map((skuId) => [skuId, PLENTY] as const), ...hot.map((skuId) => [skuId, Math.floor(commands / 2)] as const)];
    await createSkus(stand, writer.member, new Map<SkuId, number>(totals));
    const firstBurstAfter = warmUp + seconds;
    const lasts = firstBurstAfter + bursts * BETWEEN_BURSTS_SECONDS;
    const target = { servers: { brokers: servers.brokers }, topic: place.topic };
    const decided = await decidedBy(writer);
    const feeder = await startBurstFeeder({
      ...{ target, others, hot, perSecond, firstBurstAfter },
      ...{ seconds: lasts, burst: commands, between: BETWEEN_BURSTS_SECONDS },
    });
    await untilFed(writer, decided);
    const watch = watchCommits(database);
    await wait(warmUp * 1_000);
    const first = await usageNow(stand, writer);
    // Before the first burst, by a margin for the two clocks.
    await wait(seconds * 900);
    const last = await usageNow(stand, writer);
    const { code } = await feeder.exited;
    if (code !== 0) throw new Error(`the feeding process ended with code ${code}`);
    await untilDrained(place, database, [writer.member]);
    const end = await usageNow(stand, writer);
    const observed = { seen: await watch.stop(), appended: await appendTimes(place) };
    const latencies = await burstLatencies(database, observed, hot, warmUp);
    return { latencies, costWithout: costBetween(first, last), costBeside: costBetween(last, end) };
  });
}

function startBurstFeeder(plan: BurstPlan) {
  const script = fileURLToPath(new URL('./burst-feeder.js', import.meta.url));
  return spawnGuarded(process.execPath, [script, JSON.stringify(plan)], { stdout: 'inherit', stderr: 'inherit' });
}

export const burstBench: Bench<BurstOptions> = {
  name: 'burst',
  description: 'what a burst of commands for one SKU does to the decisions of all others',
  options: [
    new Option('--commands <n>', 'commands of a burst').default(20_000).argParser(wholeNumber(1, 1_000_000)),
    new Option('--bursts <n>', 'bursts, one after another').default(5).argParser(wholeNumber(1, 100)),
    new Option('--rate <n>', 'commands a second for the other SKUs').default(1_000).argParser(wholeNumber(1, 1_000_000)),
    new Option('--seconds <n>', 'time without a burst').default(15).argParser(wholeNumber(1, 3_600)),
    new Option('--warm-up <n>', 'time before that').default(20).argParser(wholeNumber(0, 3_600)),
  ],
  quick: { commands: 2_000, bursts: 1, rate: 200, seconds: 2, warmUp: 1 },
  async run(servers, options, tell): Promise<Findings> {
    tell(
      `  ${count(OTHER_SKUS)} SKUs at ${rate(options.rate)} for ${options.warmUp + options.seconds} s, then ${options.bursts} bursts beside them`,
    );
    const { latencies, costWithout, costBeside } = await burst(servers, options);
    const { without, beside, ownPartition, otherPartitions, burst: hot, burstMs } = latencies;
    const row = (name: string, { commands, p50Ms, p95Ms, p99Ms }: Percentiles, perSecond: string, cost: readonly string[]): string[] => [
      name,
      count(commands),
      perSecond,
      ...[p50Ms, p95Ms, p99Ms].map(ms),
      ...cost,
    ];
    const costOf = ({ writerCpuMicros, postgresCpuMicros, writerBytes }: CostOfCommand): string[] => [
      ...[micros(writerCpuMicros), micros(postgresCpuMicros), megabytes(writerBytes)],
    ];
    const none = ['', '', ''];
    return {
      how:
        `Another process publishes ${rate(options.rate)} over ${OTHER_SKUS} SKUs in all partitions, and then beside them ${options.bursts} times ${count(options.commands)} commands ` +
        `for one SKU, as fast as it can, each time for another SKU; half of a burst is served. From the broker's append to the first of PostgreSQL's snapshots, one each ${LOOK_EVERY_MS} ms, ` +
        `that shows the commit. Beside a burst: appended between its first append and its last commit, ${ms(burstMs)} on average. CPU of the bursts: with the pauses between them. PostgreSQL's is with these looks.`,
      tables: [
        {
          columns: ['', 'commands', 'rate', 'p50', 'p95', 'p99', 'CPU a command: writer', 'PostgreSQL', 'writer memory'],
          rows: [
            row('the others, without a burst', without, rate(without.commands / options.seconds), costOf(costWithout)),
            row('the others, beside a burst', beside, rate((beside.commands / (burstMs * options.bursts)) * 1_000), costOf(costBeside)),
            row("of them, in the burst's partition", ownPartition, '', none),
            row('of them, in other partitions', otherPartitions, '', none),
            row('the burst itself', hot, rate((options.commands / burstMs) * 1_000), none),
          ],
        },
      ],
      lastLine:
        `burst: p95 of the others in other partitions ${ms(otherPartitions.p95Ms)}, of all others ${ms(beside.p95Ms)}, ` +
        `beside ${options.commands} commands for one SKU (${ms(without.p95Ms)} without)`,
    };
  },
};
