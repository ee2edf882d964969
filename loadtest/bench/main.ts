import { Command, Option } from 'commander';
import { serversOf } from '../k6/servers.js';
import { drain } from './drain.js';
import { type LatencyResult, latency } from './latency.js';

/** `npm run bench -- <name>`: each bench runs the real program on the real servers, on data of its own. The last line is the result. */
const program = new Command('bench').description('Measures the service on this machine');

program
  .command('drain')
  .description('empties a preloaded log of one SKU with one full writer')
  .addOption(new Option('--commands <n>', 'commands in the log').default(300_000).argParser(whole))
  .action(async ({ commands }: { commands: number }) => {
    const result = await drain(serversOf(process.env), commands);
    say(`${result.commands} commands; batch p50 ${ms(result.batchP50Ms)}; CPU a command: ${cpu(result.writerCpuMicros, result.postgresCpuMicros)}`);
    say(`drain: ${Math.round(result.perSecond)} commands/s, batch p95 ${ms(result.batchP95Ms)}`);
  });

program
  .command('latency')
  .description('log to committed decision at a constant rate, on one SKU and over 200')
  .addOption(new Option('--rate <n>', 'commands a second').default(5_000).argParser(whole))
  .addOption(new Option('--seconds <n>', 'time measured, for each').default(15).argParser(whole))
  .action(async ({ rate, seconds }: { rate: number; seconds: number }) => {
    const one = await latency(serversOf(process.env), rate, 1, seconds);
    describe(one);
    const many = await latency(serversOf(process.env), rate, 200, seconds);
    describe(many);
    say(`latency: 1 SKU p95 ${ms(one.p95Ms)}, 200 SKUs p95 ${ms(many.p95Ms)}`);
  });

function describe({ skus, perSecond, p50Ms, p95Ms, p99Ms, writerCpuMicros, postgresCpuMicros }: LatencyResult): void {
  const figures = `p50 ${ms(p50Ms)}, p95 ${ms(p95Ms)}, p99 ${ms(p99Ms)}`;
  say(`${skus} SKU${skus === 1 ? '' : 's'}, ${Math.round(perSecond)} decisions/s: ${figures}; CPU a command: ${cpu(writerCpuMicros, postgresCpuMicros)}`);
}

const ms = (value: number): string => `${value.toFixed(1)} ms`;
const cpu = (writer: number, postgres: number | null): string =>
  `writer ${writer.toFixed(1)} us, PostgreSQL ${postgres === null ? 'not on this machine' : `${postgres.toFixed(1)} us`}`;

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

function whole(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new Error(`${text} is not a whole number above 0`);
  return value;
}

await program.parseAsync();
