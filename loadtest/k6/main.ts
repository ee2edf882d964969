/**
 * `npm run load -- <profile> [--keep-report file.html]`: a service of its own, k6 against it, a recount, a verdict.
 * The launcher has set the three addresses of the servers.
 */
import { copyFileSync, writeFileSync } from 'node:fs';
import { relative, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { exitCodes, Failure } from '../../infra/local/failure.mjs';
import { atEnd, runToEnd } from '../../infra/local/lifetime.mjs';
import { say, step } from '../../infra/local/say.mjs';
import { dropPlace } from '../stand/drop-place.js';
import { apiOf, forgetLogs, type Member, startMembers } from '../stand/members.js';
import { choosePlace, describePlace, type Place } from '../stand/place.js';
import { untilReady } from '../stand/ready.js';
import { type Environment, serversFrom } from '../stand/servers.js';
import { createKey, prepare, serviceSettings } from '../stand/service.js';
import { findK6 } from './find-k6.js';
import { figuresOf, thresholdsOf } from './k6-summary.js';
import { isProfile, isSearch, type ProfileName, profiles } from './profiles.js';
import { recountAfterRun } from './recount-after-run.js';
import { runK6 } from './run-k6.js';
import { answerOf, stepsOf, tableOfSteps } from './steps.js';
import { checksOf, tableOf } from './verdict.js';

await runToEnd(() => load(process.argv.slice(2), process.env));

async function load(args: string[], environment: Environment): Promise<number> {
  const { profile, keepReport } = parse(args);
  const servers = serversFrom(environment);
  const k6 = await findK6();

  const place = choosePlace('load', servers);
  let wrong = false;
  // What a recount found wrong is kept for a look; its name is in the lines that follow.
  atEnd(async () => (wrong ? undefined : dropPlace(place)));
  say(`  ${profile}: ${profiles[profile]}`);
  say(describePlace(place));
  const { members, apiKey } = await open(place, environment);
  const { summary, acceptedIds, htmlFile } = await runK6(
    { k6, profile, runId: place.name, url: apiOf(members).baseUrl, apiKey },
    environment,
  );

  const figures = figuresOf(summary);
  const recount = await recountAfterRun(place, members, { count: figures.accepted, ids: acceptedIds });
  wrong = Object.values(recount).some((count) => count > 0);
  const steps = isSearch(profile) ? stepsOf(summary) : [];
  const checks = checksOf(isSearch(profile) ? [] : thresholdsOf(summary), figures, recount);
  const passed = checks.every(({ ok }) => ok);
  if (passed) atEnd(() => forgetLogs(place));
  else say(`  the logs are kept: ${members.map(({ logFile }) => relative('.', logFile)).join(' ')}`);

  const jsonFile = htmlFile.replace(/\.html$/, '.json');
  writeFileSync(
    jsonFile,
    `${JSON.stringify({ profile, at: new Date().toISOString(), passed, figures, recount, steps, checks, k6: summary }, null, 2)}\n`,
  );
  if (keepReport !== undefined) copyFileSync(htmlFile, resolve(keepReport));
  if (isSearch(profile)) say(tableOfSteps(steps));
  say(tableOf(figures, checks));
  say(`  report ${relative('.', htmlFile)}, figures ${relative('.', jsonFile)}`);
  const kept = isSearch(profile) ? answerOf(steps) : 'all promises kept';
  say(passed ? `load ${profile}: ${kept}` : `load ${profile}: ${checks.filter(({ ok }) => !ok).length} broken`);
  return passed ? 0 : 1;
}

/** One API and one writer: what the profile asks of them is said by its rate. */
async function open(place: Place, environment: Environment): Promise<{ members: readonly Member[]; apiKey: string }> {
  const settings = serviceSettings(place, environment);
  await step('database, tables, topic', () => prepare(place, settings));
  const apiKey = await createKey('k6', settings);
  const members = await step('one API and one writer', async () => {
    const started = await startMembers(place, settings, { api: 'api', writer: 'writer' });
    await untilReady(started);
    return started;
  });
  return { members, apiKey };
}

function parse(args: string[]): { profile: ProfileName; keepReport: string | undefined } {
  try {
    const { values, positionals } = parseArgs({
      args,
      options: { 'keep-report': { type: 'string' }, help: { type: 'boolean', short: 'h' } },
      allowPositionals: true,
    });
    const [name = '', ...rest] = positionals;
    if (rest.length === 0 && isProfile(name)) return { profile: name, keepReport: values['keep-report'] };
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    say(error.message);
  }
  const known = Object.entries(profiles).map(([name, about]) => `  ${name.padEnd(12)} ${about}`);
  throw new Failure(`npm run load -- <profile> [--keep-report file.html]\n${known.join('\n')}`, exitCodes.usage);
}
