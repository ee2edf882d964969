import { Option } from 'commander';
import { BASELINES } from '../baselines/all.js';
import { type BaselineResult, runBaseline, type Work } from '../baselines/run.js';
import { wholeNumber } from '../stand/command-line.js';
import type { Servers } from '../stand/servers.js';
import type { Bench, Findings, Table } from './bench.js';
import { type DrainResult, drain } from './drain.js';
import { micros, ms, rate, times } from './report/units.js';
import { onStand } from './stand.js';

const WARM_UP_COMMANDS = 100_000;
const DRAIN_COMMANDS = 200_000;

const WORKS: readonly (Work & { readonly name: string })[] = [
  { name: 'one SKU, reserve', skus: 1, mix: 'reserves' },
  { name: '200 SKUs, reserve', skus: 200, mix: 'reserves' },
  { name: 'one SKU, 70/20/10 reserve, confirm, cancel', skus: 1, mix: 'lives' },
];

interface Comparison {
  /** The best round, of ours and of each of theirs. */
  readonly ours: DrainResult;
  readonly theirs: readonly BaselineResult[];
}

/** A drain beside what people use instead, on the same PostgreSQL in the same minutes: in turn, and of each the best round. */
async function compare(
  servers: Servers,
  { skus, mix }: Work,
  { seconds, rounds, commands }: BaselinesOptions,
  onResult: (result: BaselineResult | DrainResult) => void,
): Promise<Comparison> {
  const ours: DrainResult[] = [];
  const theirs: BaselineResult[] = [];
  for (let round = 0; round < rounds; round++) {
    const drained = await drain(servers, { commands, skus, mix });
    onResult(drained);
    ours.push(drained);
    await onStand(servers, async ({ place, database }) => {
      for (const baseline of BASELINES) {
        const result = await runBaseline(database, place.databaseUrl, baseline, { skus, mix }, seconds);
        onResult(result);
        theirs.push(result);
      }
    });
  }
  return { ours: best(ours), theirs: BASELINES.map(({ name }) => best(theirs.filter((result) => result.name === name))) };
}

const best = <T extends { readonly perSecond: number }>(results: readonly T[]): T =>
  results.reduce((a, b) => (b.perSecond > a.perSecond ? b : a));

interface BaselinesOptions {
  readonly seconds: number;
  readonly rounds: number;
  readonly commands: number;
}

export const baselinesBench: Bench<BaselinesOptions> = {
  name: 'baselines',
  description: 'the drain beside what people use instead, on the same PostgreSQL: one SKU, 200, and mixed commands',
  options: [
    new Option('--seconds <n>', 'time of each baseline in each round').default(3).argParser(wholeNumber(1, 3_600)),
    new Option('--rounds <n>', 'rounds, of which the best counts').default(2).argParser(wholeNumber(1, 100)),
    new Option('--commands <n>', 'commands of each drain').default(DRAIN_COMMANDS).argParser(wholeNumber(1, 100_000_000)),
  ],
  quick: { seconds: 1, rounds: 1, commands: 10_000 },
  async run(servers, options, tell): Promise<Findings> {
    await drain(servers, { commands: Math.min(WARM_UP_COMMANDS, options.commands), skus: 1, mix: 'reserves' });
    const found: (Comparison & { readonly name: string })[] = [];
    for (const { name, ...work } of WORKS) {
      tell(`  ${name}`);
      found.push({ name, ...(await compare(servers, work, options, (result) => tell(`    ${rowOf(result).join('; ')}`))) });
    }
    const { ours, theirs } = found[0] as Comparison;
    const [first, ...rest] = theirs;
    const ratio = (perSecond: number): string => times(ours.perSecond / perSecond);
    const bestOfOthers = Math.max(...rest.map(({ perSecond }) => perSecond));
    return {
      how:
        `In turn, the best of ${options.rounds} rounds of each. The baselines have 32 connections, prepared statements, narrow tables, no limit of a buyer, no ledger, ` +
        'no announcement and no log before them; their books are checked afterwards. Of the reserves half are sold out, and a request that is refused writes nothing there. ' +
        'Of ours CPU counts from the log on: what the API, the broker and Redis add to a request is in the benches `accept` and `scale`.',
      tables: found.map(tableOf),
      lastLine: `baselines: drain of one SKU ${rate(ours.perSecond)}, ${ratio(first?.perSecond ?? Number.NaN)} optimistic locking, ${ratio(bestOfOthers)} the best single-row SQL`,
    };
  },
};

const tableOf = ({ name, ours, theirs }: Comparison & { readonly name: string }): Table => ({
  columns: [name, 'how', 'rate', 'p95 of a request or batch', 'CPU a request: Node', 'PostgreSQL', 'the service is'],
  rows: [[...rowOf(ours), ''], ...theirs.map((result) => [...rowOf(result), times(ours.perSecond / result.perSecond)])],
});

function rowOf(result: BaselineResult | DrainResult): string[] {
  if ('load' in result) {
    const { perSecond, batchP95Ms, writerCpuMicros, postgresCpuMicros } = result;
    return [
      'this service',
      'batches of 250 from the log',
      rate(perSecond),
      ms(batchP95Ms),
      micros(writerCpuMicros),
      micros(postgresCpuMicros),
    ];
  }
  const { name, how, perSecond, p95Ms, clientCpuMicros, postgresCpuMicros } = result;
  return [name, how, rate(perSecond), ms(p95Ms), micros(clientCpuMicros), micros(postgresCpuMicros)];
}
