import { Option } from 'commander';
import { BASELINES } from '../baselines/all.js';
import { type BaselineResult, runBaseline } from '../baselines/run.js';
import { wholeNumber } from '../stand/command-line.js';
import type { Servers } from '../stand/servers.js';
import type { Bench, Findings } from './bench.js';
import { type DrainResult, drain, type Load } from './drain.js';
import { micros, ms, rate, times } from './report/units.js';
import { onStand } from './stand.js';

const WARM_UP_COMMANDS = 100_000;
const DRAIN_COMMANDS = 200_000;
const ROUNDS = 2;
const OURS: Load = { commands: DRAIN_COMMANDS, skus: 1, mix: 'reserves' };

interface Comparison {
  /** The better of two, for ours and for each of theirs. */
  readonly ours: DrainResult;
  readonly theirs: readonly BaselineResult[];
}

/**
 * A drain of one SKU beside what people use instead, on the same PostgreSQL in the same minutes: in turn, twice, and of each the better round.
 *
 * @param seconds how long each baseline runs each time, about: as many requests as its warm-up would serve in it
 */
async function compare(servers: Servers, seconds: number, onResult: (result: BaselineResult | DrainResult) => void): Promise<Comparison> {
  await drain(servers, { ...OURS, commands: WARM_UP_COMMANDS });
  const ours: DrainResult[] = [];
  const theirs: BaselineResult[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const drained = await drain(servers, OURS);
    onResult(drained);
    ours.push(drained);
    await onStand(servers, async ({ place, database }) => {
      for (const baseline of BASELINES) {
        const result = await runBaseline(database, place.databaseUrl, baseline, seconds);
        onResult(result);
        theirs.push(result);
      }
    });
  }
  return { ours: best(ours), theirs: BASELINES.map(({ name }) => best(theirs.filter((result) => result.name === name))) };
}

const best = <T extends { readonly perSecond: number }>(results: readonly T[]): T =>
  results.reduce((a, b) => (b.perSecond > a.perSecond ? b : a));

export const baselinesBench: Bench<{ readonly seconds: number }> = {
  name: 'baselines',
  description: 'the drain beside what people use instead, on the same PostgreSQL',
  options: [new Option('--seconds <n>', 'time of each baseline, twice').default(5).argParser(wholeNumber(1, 3_600))],
  quick: { seconds: 1 },
  async run(servers, { seconds }, tell): Promise<Findings> {
    const { ours, theirs } = await compare(servers, seconds, (result) => tell(`  ${rowOf(result).join('; ')}`));
    const ratio = (perSecond: number): string => times(ours.perSecond / perSecond);
    const [first, ...rest] = theirs;
    const bestOfOthers = Math.max(...rest.map(({ perSecond }) => perSecond));
    return {
      how:
        'One SKU, half of the requests served and half sold out, in turn and twice, the better round of each. The baselines have 32 connections, prepared statements, ' +
        'narrow tables, no limit of a buyer, no ledger, no announcement and no log before them; their books are checked afterwards. A refused request writes nothing there.',
      tables: [
        {
          columns: ['', 'how', 'rate', 'p95 of a request or batch', 'CPU a request: Node', 'PostgreSQL', 'the service is'],
          rows: [rowOf(ours), ...theirs.map(rowOf)].map((row, at) => [
            ...row,
            at === 0 ? '' : ratio(theirs[at - 1]?.perSecond ?? Number.NaN),
          ]),
        },
      ],
      lastLine: `baselines: drain ${rate(ours.perSecond)}, ${ratio(first?.perSecond ?? Number.NaN)} optimistic locking, ${ratio(bestOfOthers)} the best single-row SQL`,
    };
  },
};

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
