import { Failure } from '../../infra/local/failure.mjs';
import { atEnd, runToEnd } from '../../infra/local/lifetime.mjs';
import { say, sayOnStderr, step } from '../../infra/local/say.mjs';
import { recount } from '../../src/audit/recount.js';
import { exitCodeOf } from '../stand/command-line.js';
import { dropPlace } from '../stand/drop-place.js';
import { apiOf, forgetLogs, type Member, startMembers } from '../stand/members.js';
import { choosePlace, describePlace, type Place } from '../stand/place.js';
import { untilReady } from '../stand/ready.js';
import { serversFrom } from '../stand/servers.js';
import { createKey, prepare, serviceSettings } from '../stand/service.js';
import { RAMP_MS } from './buyers.js';
import { catalogue, HOT_SKU } from './catalogue.js';
import { LedgerWatch } from './ledger-watch.js';
import { nextSteps, nextStepsText } from './next-steps.js';
import { type DemoOptions, readOptions } from './options.js';
import { closingLine, type Outcome, outcomeOf } from './outcome.js';
import { ProgressDisplay } from './progress.js';
import { report } from './report.js';
import { DECIDED_WITHIN_MS, putOnSale, runSale } from './sale.js';
import { Shop } from './shop.js';

await runToEnd(demo);

async function demo(): Promise<number> {
  const options = optionsOrExitCode(process.argv.slice(2));
  if (typeof options === 'number') return options;
  if (options.json) sayOnStderr();
  const place = choosePlace('demo', serversFrom(process.env));
  say(`A flash sale on\n${describePlace(place)}`);
  const { members, key } = await open(options, place);

  const shop = new Shop(apiOf(members).baseUrl, key);
  const watch = new LedgerWatch(place.databaseUrl);
  const ended = new AbortController();
  atEnd(async () => {
    ended.abort();
    await Promise.allSettled([shop.close(), watch.close()]);
  });
  const skus = catalogue(options.units, options.buyers);
  await step(`ten SKUs: ${options.units} units of ${HOT_SKU} for ${options.buyers} buyers, and nine quieter ones`, () =>
    putOnSale(skus, shop),
  );
  say(`  the crowd grows to ${options.rate} requests a second within the first ${RAMP_MS / 1_000} s`);
  say(`  every accepted request must be decided within ${DECIDED_WITHIN_MS / 1_000} s after the last one\n`);
  const display = new ProgressDisplay(options.json ? process.stderr : process.stdout, process.env);
  const sold = await runSale({ options, skus, shop, watch, members, display, signal: ended.signal });
  const recounted = await watch.withClient((client) => recount(client, { acceptedIds: [...sold.tally.acceptedIds] }));
  const outcome = outcomeOf({ options, hotSku: HOT_SKU, ...sold, recount: recounted });
  if (outcome.faults.length > 0) say(`the logs are kept: ${members.map(({ logFile }) => logFile).join(' ')}`);
  else if (!options.keep) atEnd(() => forgetLogs(place));
  return close(outcome, members, place, key);
}

/** Tables, topic, key and processes, each of which is gone at the end unless it is to be kept. */
async function open({ keep }: DemoOptions, place: Place): Promise<{ members: readonly Member[]; key: string }> {
  if (!keep) atEnd(() => dropPlace(place));
  const settings = serviceSettings(place, process.env);
  const key = await step('tables, topic, key', async () => {
    await prepare(place, settings);
    return createKey('demo', settings);
  });
  const members = await step('one API and two writers', async () => {
    const started = await startMembers(place, settings, { api: 'api', 'writer-1': 'writer', 'writer-2': 'writer' });
    await untilReady(started);
    return started;
  });
  return { members, key };
}

/** Tells the outcome; with --keep only a signal ends the demo then. */
async function close(outcome: Outcome, members: readonly Member[], place: Place, key: string): Promise<number> {
  const { keep, json } = outcome.options;
  const next = keep ? nextSteps(members, place, key) : null;
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

function optionsOrExitCode(args: readonly string[]): DemoOptions | number {
  try {
    return readOptions(args);
  } catch (error) {
    return exitCodeOf(error);
  }
}
