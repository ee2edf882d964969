import { CommanderError } from 'commander';
import { Failure } from '../../infra/local/failure.mjs';
import { atEnd, runToEnd } from '../../infra/local/lifetime.mjs';
import { say, sayOnStderr, step } from '../../infra/local/say.mjs';
import { recount } from '../../src/audit/recount.js';
import { catalogue, HOT_SKU } from './catalogue.js';
import { LedgerWatch } from './ledger-watch.js';
import { nextSteps, nextStepsText } from './next-steps.js';
import { type DemoOptions, readOptions } from './options.js';
import { closingLine, type Outcome, outcomeOf } from './outcome.js';
import { untilReady } from './ownership.js';
import { ProgressDisplay } from './progress.js';
import { report } from './report.js';
import { createDatabase, dropEverything } from './resources.js';
import { DECIDED_WITHIN_MS, putOnSale, runSale } from './sale.js';
import { forgetLogs, type Member, prepare, serviceEnvironment, startMembers } from './service.js';
import { Shop } from './shop.js';
import { chooseTargets, describeTargets, type Targets } from './targets.js';

await runToEnd(demo);

async function demo(): Promise<number> {
  const options = optionsOrExitCode(process.argv.slice(2));
  if (typeof options === 'number') return options;
  if (options.json) sayOnStderr();
  const targets = chooseTargets(process.env);
  say(`A flash sale on\n${describeTargets(targets)}`);
  const ended = new AbortController();
  const { members, key } = await open(options, targets, ended.signal);

  const shop = new Shop(apiOf(members).baseUrl, key);
  const watch = new LedgerWatch(targets.databaseUrl);
  atEnd(async () => {
    ended.abort();
    await Promise.allSettled([shop.close(), watch.close()]);
  });
  const skus = catalogue(options.units, options.buyers);
  await step(`ten SKUs: ${options.units} units of ${HOT_SKU} for ${options.buyers} buyers, and nine quieter ones`, () =>
    putOnSale(skus, shop),
  );
  say(`  every accepted request must be decided within ${DECIDED_WITHIN_MS / 1_000} s after the last one\n`);
  const display = new ProgressDisplay(options.json ? process.stderr : process.stdout);
  const sold = await runSale({ options, skus, shop, watch, members, display, signal: ended.signal });
  const recounted = await watch.withClient((client) => recount(client, { acceptedIds: [...sold.tally.acceptedIds] }));
  const outcome = outcomeOf({ options, hotSku: HOT_SKU, ...sold, recount: recounted });
  if (outcome.faults.length > 0) say(`the logs are kept: ${members.map(({ logFile }) => logFile).join(' ')}`);
  else if (!options.keep) atEnd(() => forgetLogs(targets.suffix));
  return close(outcome, members, targets, key);
}

/** Tables, topic, key and processes, each of which is gone at the end unless it is to be kept. */
async function open({ keep }: DemoOptions, targets: Targets, signal: AbortSignal): Promise<{ members: readonly Member[]; key: string }> {
  if (!keep) atEnd(() => dropEverything(targets));
  await createDatabase(targets);
  const env = serviceEnvironment(process.env, targets);
  const { key } = await step('tables, topic, key', () => prepare(env));
  const members = await step('one API and two writers', async () => {
    const started = await startMembers(env, targets.suffix);
    atEnd(() => Promise.all(started.map((member) => member.process.stop())));
    await untilReady(started, signal);
    return started;
  });
  return { members, key };
}

/** Tells the outcome; with --keep only a signal ends the demo then. */
async function close(outcome: Outcome, members: readonly Member[], targets: Targets, key: string): Promise<number> {
  const { keep, json } = outcome.options;
  const next = keep ? nextSteps(members, targets, key) : null;
  if (json) process.stdout.write(`${JSON.stringify({ ...outcome, next }, null, 2)}\n`);
  say(`\n${report(outcome)}\n`);
  if (next !== null) say(`${nextStepsText(next)}\n`);
  say(closingLine(outcome));
  if (keep) {
    await Promise.all(members.map((member) => member.process.exited));
    throw new Failure('all processes of the service have ended');
  }
  return outcome.faults.length > 0 ? 1 : 0;
}

function apiOf(members: readonly Member[]): Member {
  const api = members.find(({ role }) => role === 'api');
  if (api === undefined) throw new Error('no API process was started');
  return api;
}

function optionsOrExitCode(args: readonly string[]): DemoOptions | number {
  try {
    return readOptions(args);
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 64;
    throw error;
  }
}
