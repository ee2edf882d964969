import { Command, Option } from 'commander';
import { runToEnd } from '../../infra/local/lifetime.mjs';
import { say } from '../../infra/local/say.mjs';
import type { BaselineResult } from '../baselines/run.js';
import { exitCodeOf, wholeNumber } from '../stand/command-line.js';
import { serversFrom } from '../stand/servers.js';
import { compare } from './baselines.js';
import { type DrainResult, drain, type Mix } from './drain.js';
import { expiry } from './expiry.js';
import { type LatencyResult, latency } from './latency.js';
import { addOverloadCommands } from './overload/commands.js';

/** Commands of a drain that is not measured: servers that have just been started give a fifth less. */
const WARM_UP_COMMANDS = 200_000;

await runToEnd(() => bench(process.argv.slice(2)));

/** `npm run bench -- <name>`: each bench runs the real program on the real servers, on data of its own. The last line is the result. */
async function bench(args: readonly string[]): Promise<number> {
  // Before the commands: they take it over from here.
  const program = new Command('npm run bench --').description('Measures the service on this machine').exitOverride();

  program
    .command('drain')
    .description('empties a preloaded log of one SKU with one full writer')
    .addOption(new Option('--commands <n>', 'commands in the log').default(300_000).argParser(wholeNumber(1, 100_000_000)))
    .action((options) => runDrain(options, 'reserves'));

  program
    .command('mixed')
    .description('the same with a log of 70 % reserve, 20 % confirm and 10 % cancel')
    .addOption(new Option('--commands <n>', 'commands in the log').default(300_000).argParser(wholeNumber(1, 100_000_000)))
    .action((options) => runDrain(options, 'lives'));

  program
    .command('baselines')
    .description('the drain beside what people use instead, on the same PostgreSQL')
    .addOption(new Option('--seconds <n>', 'time of each baseline, twice').default(5).argParser(wholeNumber(1, 3_600)))
    .action(runBaselines);

  program
    .command('expiry')
    .description('many holds that are over in the same second, while other requests arrive')
    .addOption(new Option('--holds <n>', 'holds').default(10_000).argParser(wholeNumber(1, 1_000_000)))
    .addOption(new Option('--rate <n>', 'other requests a second').default(2_000).argParser(wholeNumber(1, 1_000_000)))
    .action(runExpiry);

  program
    .command('latency')
    .description('log to committed decision at a constant rate, on one SKU and over 200')
    .addOption(new Option('--rate <n>', 'commands a second').default(5_000).argParser(wholeNumber(1, 1_000_000)))
    .addOption(new Option('--seconds <n>', 'time measured, for each').default(15).argParser(wholeNumber(2, 3_600)))
    .action(runLatency);

  addOverloadCommands(program);

  try {
    await program.parseAsync(args, { from: 'user' });
    return 0;
  } catch (error) {
    return exitCodeOf(error);
  }
}

async function runDrain({ commands }: { commands: number }, mix: Mix): Promise<void> {
  const servers = serversFrom(process.env);
  await drain(servers, Math.min(commands, WARM_UP_COMMANDS), mix);
  const result = await drain(servers, commands, mix);
  const { batchP50Ms, writerCpuMicros, postgresCpuMicros } = result;
  say(`${result.commands} commands; batch p50 ${ms(batchP50Ms)}; CPU a command: ${cpu(writerCpuMicros, postgresCpuMicros)}`);
  say(`statements, mean: ${[...result.statementMs].map(([name, mean]) => `${name} ${ms(mean)}`).join(', ')}`);
  say(`${mix === 'reserves' ? 'drain' : 'mixed'}: ${Math.round(result.perSecond)} commands/s, batch p95 ${ms(result.batchP95Ms)}`);
}

async function runBaselines({ seconds }: { seconds: number }): Promise<void> {
  const { ours, theirs } = await compare(serversFrom(process.env), seconds, (result) => say(`  ${inOneLine(result)}`));
  const ratio = (perSecond: number): string => `${(ours.perSecond / perSecond).toFixed(0)}x`;
  for (const { name, how, perSecond } of theirs) say(`${ratio(perSecond).padStart(5)}  ${name}: ${how}`);
  const [first, ...rest] = theirs;
  const bestOfOthers = Math.max(...rest.map(({ perSecond }) => perSecond));
  say(
    `baselines: drain ${Math.round(ours.perSecond)}/s, ${ratio(first?.perSecond ?? Number.NaN)} optimistic locking, ${ratio(bestOfOthers)} the best single-row SQL`,
  );
}

function inOneLine(result: BaselineResult | DrainResult): string {
  if ('commands' in result) {
    const { perSecond, batchP95Ms, writerCpuMicros, postgresCpuMicros } = result;
    return `the service: ${Math.round(perSecond)}/s, batch p95 ${ms(batchP95Ms)}; CPU a command: ${cpu(writerCpuMicros, postgresCpuMicros)}`;
  }
  const { name, perSecond, p95Ms, clientCpuMicros, postgresCpuMicros } = result;
  const server = postgresCpuMicros === null ? 'not on this machine' : `${postgresCpuMicros.toFixed(1)} us`;
  return `${name}: ${Math.round(perSecond)}/s, p95 ${ms(p95Ms)}; CPU a request: client ${clientCpuMicros.toFixed(1)} us, PostgreSQL ${server}`;
}

async function runExpiry({ holds, rate }: { holds: number; rate: number }): Promise<void> {
  const { latestMs, spreadMs, decisionP95Ms } = await expiry(serversFrom(process.env), holds, rate);
  say(`${holds} holds, over within ${ms(spreadMs)}, beside ${rate} requests a second`);
  say(`expiry: the last unit came back ${ms(latestMs)} after its hold was over, decisions p95 ${ms(decisionP95Ms)}`);
}

async function runLatency({ rate, seconds }: { rate: number; seconds: number }): Promise<void> {
  const servers = serversFrom(process.env);
  const one = await latency(servers, rate, 1, seconds);
  describe(one);
  const many = await latency(servers, rate, 200, seconds);
  describe(many);
  say(`latency: 1 SKU p95 ${ms(one.p95Ms)}, 200 SKUs p95 ${ms(many.p95Ms)}`);
}

function describe({ skus, perSecond, p50Ms, p95Ms, p99Ms, writerCpuMicros, postgresCpuMicros }: LatencyResult): void {
  const found = `p50 ${ms(p50Ms)}, p95 ${ms(p95Ms)}, p99 ${ms(p99Ms)}`;
  say(
    `${skus} SKU${skus === 1 ? '' : 's'}, ${Math.round(perSecond)} decisions/s: ${found}; CPU a command: ${cpu(writerCpuMicros, postgresCpuMicros)}`,
  );
}

function ms(value: number): string {
  return `${value.toFixed(1)} ms`;
}

function cpu(writer: number, postgres: number | null): string {
  return `writer ${writer.toFixed(1)} us, PostgreSQL ${postgres === null ? 'not on this machine' : `${postgres.toFixed(1)} us`}`;
}
