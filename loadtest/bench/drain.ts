import { readFileSync } from 'node:fs';
import { Option } from 'commander';
import type { Command, ReserveCommand } from '../../src/domain/command.js';
import type { SkuId } from '../../src/domain/ids.js';
import { wholeNumber } from '../stand/command-line.js';
import { untilDrained } from '../stand/drained.js';
import type { Environment, Servers } from '../stand/servers.js';
import type { Bench, Findings, Table } from './bench.js';
import { createSkuCommand, endCommand, reserveCommand } from './commands.js';
import { openFeed } from './feed.js';
import { bucketsOf, meansBy, numberOf, quantile } from './histogram.js';
import { postgresCpuSeconds } from './postgres-cpu.js';
import { count, megabytes, micros, ms, rate } from './report/units.js';
import { onStand, type Stand } from './stand.js';

/** Reservations that are open before the first of them ends: more than the writer remembers by heart. */
const LIFE_COMMANDS = 10_000;

/** Commands of a drain that is not measured: servers that have just been started give a fifth less. */
const WARM_UP_COMMANDS = 200_000;

/** `reserves`: half of them served, half sold out. `lives`: 70 % reserve, 20 % confirm, 10 % cancel. */
export type Mix = 'reserves' | 'lives';

export interface Load {
  readonly commands: number;
  readonly skus: number;
  readonly mix: Mix;
  /** Of the writer, where they are not those that it has by itself. */
  readonly settings?: Environment;
  /** What the names of its SKUs begin with: those of another load on the same stand must differ. */
  readonly name?: string;
}

const NAME = 'drain';

export interface DrainResult {
  readonly load: Load;
  readonly perSecond: number;
  readonly batchP50Ms: number;
  readonly batchP95Ms: number;
  readonly batchP99Ms: number;
  /** CPU microseconds a command. */
  readonly writerCpuMicros: number;
  readonly postgresCpuMicros: number | null;
  readonly writerBytes: number;
  /** Mean time of the writer's statements, by their names. */
  readonly statementMs: ReadonlyMap<string, number>;
}

/**
 * How fast a full writer (ledger, announcements, events, positions) empties a log that was filled before it started: every command of another
 * buyer. The rate is by the ledger's own times, first to last commit.
 */
export function drain(servers: Servers, load: Load): Promise<DrainResult> {
  return onStand(servers, async (stand) => {
    await preload(stand, load);
    return drained(stand, load);
  });
}

/** The same, of a log that is filled already. */
export async function drained(stand: Stand, load: Load): Promise<DrainResult> {
  const { commands } = load;
  const cpuBefore = await postgresCpuSeconds(stand.database);
  const { member, metrics } = await stand.startWriter(load.settings);
  await untilDrained(stand.place, stand.database, [member]);
  const cpuAfter = await postgresCpuSeconds(stand.database);
  const page = await metrics();
  const batches = bucketsOf(page, 'flashsale_batch_latency_seconds');
  return {
    load,
    perSecond: await rateByLedger(stand, load),
    batchP50Ms: quantile(0.5, batches) * 1000,
    batchP95Ms: quantile(0.95, batches) * 1000,
    batchP99Ms: quantile(0.99, batches) * 1000,
    writerCpuMicros: (numberOf(page, 'process_cpu_seconds_total') / commands) * 1e6,
    postgresCpuMicros: cpuBefore === null || cpuAfter === null ? null : ((cpuAfter - cpuBefore) / commands) * 1e6,
    writerBytes: numberOf(page, 'process_resident_memory_bytes'),
    statementMs: new Map(
      [...meansBy('statement', page, 'flashsale_postgres_statement_duration_seconds')].map(([name, mean]) => [name, mean * 1000]),
    ),
  };
}

export async function preload({ place }: Stand, { commands, skus, mix, name = NAME }: Load): Promise<void> {
  const feed = await openFeed(place);
  const each = Math.ceil(commands / skus);
  const skuOf = (at: number): SkuId => `${name}-${at % skus}` as SkuId;
  const total = mix === 'reserves' ? Math.floor(each / 2) : each;
  await Promise.all(Array.from({ length: skus }, (_, at) => feed.publish(createSkuCommand(skuOf(at), total))));
  const make = mix === 'reserves' ? (at: number): Command => reserveCommand(skuOf(at), `buyer-${at}`) : lives(skuOf);
  const block = 20_000;
  for (let first = 0; first < commands; first += block) {
    const length = Math.min(block, commands - first);
    await Promise.all(Array.from({ length }, (_, at) => feed.publish(make(first + at))));
  }
  await feed.close();
}

/** Of ten commands seven reserve, two confirm and one cancels; each a reservation made some thousands of commands before. */
function lives(skuOf: (at: number) => SkuId): (at: number) => Command {
  const open: ReserveCommand[] = [];
  return (at) => {
    const turn = at % 10;
    if (turn < 7 || open.length < LIFE_COMMANDS) {
      const made = reserveCommand(skuOf(at), `buyer-${at}`);
      open.push(made);
      return made;
    }
    return endCommand(turn < 9 ? 'confirm' : 'cancel', open.shift() as ReserveCommand);
  };
}

const RATE = readFileSync(new URL('./sql/rate-by-ledger.sql', import.meta.url), 'utf8');

/** Without the first commit: it holds the wait for the group, and cold code. */
export async function rateByLedger({ database }: Stand, { name = NAME }: Load): Promise<number> {
  const { rows } = await database.query<{ rate: number }>(RATE, [`${name}-`]);
  return rows[0]?.rate ?? Number.NaN;
}

export const DRAIN_COLUMNS = ['', 'rate', 'batch p50', 'p95', 'p99', 'CPU a command: writer', 'PostgreSQL', 'writer memory'] as const;

export const drainRow = (name: string, result: DrainResult): string[] => [
  name,
  rate(result.perSecond),
  ...[result.batchP50Ms, result.batchP95Ms, result.batchP99Ms].map(ms),
  micros(result.writerCpuMicros),
  micros(result.postgresCpuMicros),
  megabytes(result.writerBytes),
];

const statements = (results: readonly (readonly [string, DrainResult])[]): Table => {
  const names = [...new Set(results.flatMap(([, { statementMs }]) => [...statementMs.keys()]))];
  const mean = (of: DrainResult, name: string): string => ms(of.statementMs.get(name) ?? Number.NaN);
  return {
    columns: ['statement, mean', ...results.map(([of]) => of)],
    rows: names.map((name) => [name, ...results.map(([, of]) => mean(of, name))]),
  };
};

const HOW =
  'The log is filled before one writer starts, with ledger, hash chain, announcements, events and positions; rates by the times in the ledger';

interface DrainOptions {
  readonly commands: number;
}

/** Faster, and each batch of it later: for who has rather that. */
const TWO_CHUNKS = { FLASHSALE_CHUNKS_IN_FLIGHT: '2' };
const TWO_CHUNKS_NAME = 'with FLASHSALE_CHUNKS_IN_FLIGHT=2';

const commandsOption = new Option('--commands <n>', 'commands in the log').default(300_000).argParser(wholeNumber(1, 100_000_000));

export const drainBench: Bench<DrainOptions> = {
  name: 'drain',
  description: 'empties a preloaded log with one full writer: of one SKU, and of 200',
  options: [commandsOption],
  quick: { commands: 30_000 },
  async run(servers, { commands }, tell): Promise<Findings> {
    await drain(servers, { commands: Math.min(commands, WARM_UP_COMMANDS), skus: 1, mix: 'reserves' });
    const one = await drain(servers, { commands, skus: 1, mix: 'reserves' });
    tell(`  one SKU: ${rate(one.perSecond)}`);
    const two = await drain(servers, { commands, skus: 1, mix: 'reserves', settings: TWO_CHUNKS });
    tell(`  ${TWO_CHUNKS_NAME}: ${rate(two.perSecond)}`);
    const many = await drain(servers, { commands, skus: 200, mix: 'reserves' });
    tell(`  200 SKUs: ${rate(many.perSecond)}`);
    const results = [
      ['one SKU', one],
      [`one SKU, ${TWO_CHUNKS_NAME}`, two],
      ['200 SKUs', many],
    ] as const;
    return {
      how: `${HOW}. ${count(commands)} reserve commands, each of another buyer, half of them served and half sold out.`,
      tables: [{ columns: DRAIN_COLUMNS, rows: results.map(([name, result]) => drainRow(name, result)) }, statements(results)],
      lastLine: `drain: ${Math.round(one.perSecond)} commands/s, batch p95 ${ms(one.batchP95Ms)}`,
    };
  },
};

export const mixedBench: Bench<DrainOptions> = {
  name: 'mixed',
  description: 'the same with a log of 70 % reserve, 20 % confirm and 10 % cancel',
  options: [commandsOption],
  quick: { commands: 30_000 },
  async run(servers, { commands }): Promise<Findings> {
    await drain(servers, { commands: Math.min(commands, WARM_UP_COMMANDS), skus: 1, mix: 'lives' });
    const one = await drain(servers, { commands, skus: 1, mix: 'lives' });
    const two = await drain(servers, { commands, skus: 1, mix: 'lives', settings: TWO_CHUNKS });
    const results = [
      ['70/20/10', one],
      [`70/20/10, ${TWO_CHUNKS_NAME}`, two],
    ] as const;
    return {
      how: `${HOW}. ${count(commands)} commands for one SKU; what is confirmed or cancelled was reserved ${count(LIFE_COMMANDS)} reservations before.`,
      tables: [{ columns: DRAIN_COLUMNS, rows: results.map(([name, result]) => drainRow(name, result)) }, statements(results)],
      lastLine: `mixed: ${Math.round(one.perSecond)} commands/s, batch p95 ${ms(one.batchP95Ms)}`,
    };
  },
};
