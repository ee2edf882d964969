import { Option } from 'commander';
import { wholeNumber } from '../../stand/command-line.js';
import type { Servers } from '../../stand/servers.js';
import type { Bench, Findings, Table } from '../bench.js';
import { listOf } from '../list-option.js';
import { OFFERED_COLUMNS, offeredRow } from '../overload/buyers.js';
import { count, megabytes, micros, rate } from '../report/units.js';
import { type Cores, type CpuOfRequest, coresFor, PARTS } from './cores.js';
import { drainByMany, type ManyWritersResult } from './many-writers.js';
import { throughHttp } from './through-http.js';

const SKUS = 200;
const WARM_UP_COMMANDS = 100_000;
const WARM_UP_SECONDS = 10;
const RATES = [25_000, 250_000] as const;

interface ScaleOptions {
  readonly writers: readonly number[];
  readonly commands: number;
  readonly rate: number;
  readonly seconds: number;
}

const unknown = 'not on this machine';
const coresText = (cores: number | null): string => (cores === null ? unknown : cores.toFixed(1));
const together = ({ together: sum, isAll }: Cores): string => `${isAll ? '' : 'at least '}${sum.toFixed(1)}`;

/** At full rate batches are full, as in a drain: what it measured counts for the writer and PostgreSQL, and HTTP's run for the rest. */
const atFullRate = (http: CpuOfRequest, { writerCpuMicros, postgresCpuMicros }: ManyWritersResult): CpuOfRequest => ({
  ...http,
  writer: writerCpuMicros,
  PostgreSQL: postgresCpuMicros,
});

function coresTable(http: CpuOfRequest, cpu: CpuOfRequest, measuredAt: number): Table {
  const cores = RATES.map((perSecond) => coresFor(perSecond, cpu));
  return {
    columns: [
      'computed',
      `CPU a request at ${rate(measuredAt)}`,
      'counted with',
      ...RATES.map((perSecond) => `cores for ${rate(perSecond)}`),
    ],
    rows: [
      ...PARTS.map((part) => [part, micros(http[part]), micros(cpu[part]), ...cores.map(({ of }) => coresText(of[part]))]),
      ['together', '', '', ...cores.map(together)],
    ],
  };
}

function scaleTable(results: readonly ManyWritersResult[]): Table {
  return {
    columns: ['writers', 'rate', 'CPU a command: writers', 'PostgreSQL', 'memory of the largest writer'],
    rows: results.map(({ writers, perSecond, isOfWhole, writerCpuMicros, postgresCpuMicros, writerBytes }) => [
      ...[
        String(writers),
        `${rate(perSecond)}${isOfWhole ? ', of the whole' : ''}`,
        micros(writerCpuMicros),
        micros(postgresCpuMicros),
        megabytes(writerBytes),
      ],
    ]),
  };
}

async function scale(servers: Servers, options: ScaleOptions, tell: (line: string) => void): Promise<Findings> {
  const { commands, rate: perSecond, seconds } = options;
  const load = { skus: SKUS, mix: 'reserves' } as const;
  await drainByMany(servers, 1, { ...load, commands: Math.min(commands, WARM_UP_COMMANDS) });
  const results: ManyWritersResult[] = [];
  for (const writers of options.writers) {
    const result = await drainByMany(servers, writers, { ...load, commands });
    results.push(result);
    tell(
      `  ${writers} ${writers === 1 ? 'writer' : 'writers'}: ${rate(result.perSecond)}, ${micros(result.writerCpuMicros)} of CPU a command`,
    );
  }
  const { offered, cpu: http, apiBytes } = await throughHttp(servers, perSecond, Math.min(seconds, WARM_UP_SECONDS), seconds);
  const [fewest] = results.toSorted((a, b) => a.writers - b.writers) as [ManyWritersResult];
  const cpu = atFullRate(http, fewest);
  const cores = coresFor(RATES[0], cpu);
  const parts = PARTS.map((part) => `${part} ${coresText(cores.of[part])}`).join(', ');
  return {
    how:
      `A log of ${count(commands)} commands for ${SKUS} SKUs in 10 partitions, half of them served and half sold out, worked off by several writers; the rate from when the partitions are shared out among them (of the whole drain where less than half was left then). ` +
      `Then reservations through HTTP, one API process and one writer: CPU of each process over the accepted ones; the API held ${megabytes(apiBytes)}. Cores are computed from it: CPU of a request times requests a second, ` +
      `as if every process went on using the same for each, with no core left free, no replicas of brokers or PostgreSQL, and no client. API, broker and Redis count as measured through HTTP at ${rate(offered.acceptedPerSecond)} accepted, ` +
      'where their batches are small; writer and PostgreSQL as in the drain with the fewest writers, since at such rates batches are full. All on one machine, which they share.',
    tables: [
      scaleTable(results),
      { columns: OFFERED_COLUMNS, rows: [offeredRow('through HTTP', offered)] },
      coresTable(http, cpu, offered.acceptedPerSecond),
    ],
    lastLine: `scale: ${together(cores)} cores computed for ${RATES[0]} requests/s (${parts})`,
  };
}

export const scaleBench: Bench<ScaleOptions> = {
  name: 'scale',
  description: 'several writers over the partitions, and the cores that 25,000 and 250,000 requests/s would need',
  options: [
    new Option('--writers <n...>', 'writer processes').default([1, 2, 4]).argParser(listOf(wholeNumber(1, 10))),
    new Option('--commands <n>', 'commands in the log').default(400_000).argParser(wholeNumber(1, 100_000_000)),
    new Option('--rate <n>', 'requests a second through HTTP').default(2_000).argParser(wholeNumber(1, 1_000_000)),
    new Option('--seconds <n>', 'time measured through HTTP').default(20).argParser(wholeNumber(2, 3_600)),
  ],
  quick: { writers: [1, 2], commands: 20_000, rate: 100, seconds: 3 },
  run: scale,
};
