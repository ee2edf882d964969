import { Option } from 'commander';
import { wholeNumber } from '../../stand/command-line.js';
import type { Servers } from '../../stand/servers.js';
import type { Bench, Findings } from '../bench.js';
import { DRAIN_COLUMNS, type DrainResult, drain, drained, drainRow, type Load, preload } from '../drain.js';
import { type LatencyResult, latencyOn } from '../latency.js';
import { listOf } from '../list-option.js';
import { count, megabytes, micros, ms, rate } from '../report/units.js';
import { onStand, type Stand, type Writer } from '../stand.js';
import { notingWriters } from '../started-writers.js';
import { fill } from './fill.js';

const WARM_UP_COMMANDS = 50_000;
const LATENCY = { perSecond: 2_000, skus: 20, warmUp: 5 };

interface GrowthOptions {
  readonly reservations: readonly number[];
  readonly skus: readonly number[];
  readonly commands: number;
  readonly seconds: number;
}

/** What is in the database beforehand. */
interface Old {
  readonly reservations: number;
  readonly skus: number;
}

interface GrowthResult {
  readonly old: Old;
  readonly drain: DrainResult;
  readonly latency: LatencyResult;
}

/** A drain of one new SKU, and then decisions at a constant rate, in a database that holds the reservations of earlier sales. */
function withOld(servers: Servers, old: Old, { commands, seconds }: GrowthOptions): Promise<GrowthResult> {
  return onStand(servers, async (stand) => {
    await fill(stand.database, old.reservations, old.skus);
    const warmUp = await drainedByOne(stand, { commands: Math.min(commands, WARM_UP_COMMANDS), skus: 1, mix: 'reserves', name: 'warm-up' });
    await warmUp.writer.member.process.stop();
    const measured = await drainedByOne(stand, { commands, skus: 1, mix: 'reserves' });
    const time = { seconds, warmUp: Math.min(seconds, LATENCY.warmUp) };
    return { old, drain: measured.drain, latency: await latencyOn(stand, measured.writer, LATENCY.perSecond, LATENCY.skus, time) };
  });
}

/** @returns the writer too, which goes on */
async function drainedByOne(stand: Stand, load: Load): Promise<{ drain: DrainResult; writer: Writer }> {
  await preload(stand, load);
  const writers: Writer[] = [];
  const result = await drained(
    notingWriters(stand, (writer) => writers.push(writer)),
    load,
  );
  const [writer] = writers as [Writer];
  return { drain: result, writer };
}

/** Each number of reservations with each number of SKUs; none is the same with any. */
function combinations({ reservations, skus }: GrowthOptions): Old[] {
  return reservations.flatMap((each) => (each === 0 ? [0] : skus).map((number) => ({ reservations: each, skus: Math.min(number, each) })));
}

const nameOf = ({ reservations, skus }: Old): string =>
  reservations === 0 ? 'none' : `${count(reservations)} of ${count(skus)} ${skus === 1 ? 'SKU' : 'SKUs'}`;

/** The slowest drain at the most reservations, beside the one at the fewest. */
function lastLineOf(results: readonly GrowthResult[]): string {
  const amounts = results.map(({ old }) => old.reservations);
  const slowestAt = (amount: number): number =>
    Math.min(...results.filter(({ old }) => old.reservations === amount).map(({ drain }) => drain.perSecond));
  const [fewest, most] = [Math.min(...amounts), Math.max(...amounts)];
  return `growth: drain at ${most} reservations ${(slowestAt(most) / slowestAt(fewest)).toFixed(2)} of that at ${fewest}`;
}

export const growthBench: Bench<GrowthOptions> = {
  name: 'growth',
  description: 'drain and latency with millions of reservations in the database, of one SKU and of many',
  options: [
    new Option('--reservations <n...>', 'already in the database')
      .default([0, 1_000_000, 5_000_000])
      .argParser(listOf(wholeNumber(0, 1_000_000_000))),
    new Option('--skus <n...>', 'whose they are').default([1, 10_000]).argParser(listOf(wholeNumber(1, 1_000_000))),
    new Option('--commands <n>', 'commands of the drain').default(200_000).argParser(wholeNumber(1, 100_000_000)),
    new Option('--seconds <n>', 'time of the latency').default(10).argParser(wholeNumber(2, 3_600)),
  ],
  quick: { reservations: [0, 20_000], skus: [1, 100], commands: 20_000, seconds: 2 },
  async run(servers, options, tell): Promise<Findings> {
    const results: GrowthResult[] = [];
    // Servers that have just been started give less, and the first to be measured is what the others are compared with.
    await drain(servers, { commands: options.commands, skus: 1, mix: 'reserves' });
    for (const old of combinations(options)) {
      const result = await withOld(servers, old, options);
      results.push(result);
      tell(`  ${nameOf(old)}: ${rate(result.drain.perSecond)}, log to decision p95 ${ms(result.latency.p95Ms)}`);
    }
    return {
      how:
        `Reservations of earlier sales lie in the database, half of them refused, one of ten still held; vacuumed and analysed. In it a drain of ${count(options.commands)} commands for one new SKU, ` +
        `after a smaller one as warm-up, and then ${rate(LATENCY.perSecond)} over ${LATENCY.skus} new SKUs for ${options.seconds} s, from the broker's append to the commit as the writer counts it.`,
      tables: [
        {
          columns: ['drain, with reservations', ...DRAIN_COLUMNS.slice(1)],
          rows: results.map(({ old, drain }) => drainRow(nameOf(old), drain)),
        },
        {
          columns: ['latency, with reservations', 'decided', 'p50', 'p95', 'p99', 'CPU a command: writer', 'PostgreSQL', 'writer memory'],
          rows: results.map(({ old, latency }) => [
            ...[nameOf(old), rate(latency.perSecond), ms(latency.p50Ms), ms(latency.p95Ms), ms(latency.p99Ms)],
            ...[micros(latency.writerCpuMicros), micros(latency.postgresCpuMicros), megabytes(latency.writerBytes)],
          ]),
        },
      ],
      lastLine: lastLineOf(results),
    };
  },
};
