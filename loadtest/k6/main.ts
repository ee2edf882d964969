/**
 * `npm run load -- <profile> [--keep-report file.html]`: a service of its own, k6 against it, a recount, a verdict.
 * The launcher has set the three addresses of the servers.
 */
import { copyFileSync, writeFileSync } from 'node:fs';
import { relative, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { exitCodes, Failure } from '../../infra/local/failure.mjs';
import { atEnd, runToEnd } from '../../infra/local/lifetime.mjs';
import { say, withoutPassword } from '../../infra/local/say.mjs';
import { findK6 } from './find-k6.js';
import { figuresOf, thresholdsOf } from './k6-summary.js';
import { dropPlace, makePlace, type Servers } from './own-place.js';
import { isProfile, type ProfileName, profiles } from './profiles.js';
import { recountAfterRun } from './recount-after-run.js';
import { runK6 } from './run-k6.js';
import { startService } from './service.js';
import { checksOf, tableOf } from './verdict.js';

await runToEnd(() => load(process.argv.slice(2), process.env));

async function load(args: string[], environment: NodeJS.ProcessEnv): Promise<number> {
  const { profile, keepReport } = parse(args);
  const servers = serversFrom(environment);
  const k6 = await findK6();

  const place = await makePlace(servers);
  let wrong = false;
  // What a recount found wrong is kept for a look; its name is in the lines above.
  atEnd(async () => (wrong ? undefined : dropPlace(place, servers)));
  say(`  ${profile}: ${profiles[profile]}`);
  say(`  database ${place.name} on ${withoutPassword(servers.databaseUrl)}, topic ${place.topic}, Redis keys ${place.redisPrefix}*`);
  const service = await startService(place, environment);
  atEnd(service.stop);
  const { summary, acceptedIds, htmlFile } = await runK6(
    { k6, profile, runId: place.name, url: service.url, apiKey: service.apiKey },
    environment,
  );

  const figures = figuresOf(summary);
  const recount = await recountAfterRun(place, servers, { count: figures.accepted, ids: acceptedIds });
  wrong = Object.values(recount).some((count) => count > 0);
  const checks = checksOf(thresholdsOf(summary), figures, recount);
  const passed = checks.every(({ ok }) => ok);

  const jsonFile = htmlFile.replace(/\.html$/, '.json');
  writeFileSync(
    jsonFile,
    `${JSON.stringify({ profile, at: new Date().toISOString(), passed, figures, recount, checks, k6: summary }, null, 2)}\n`,
  );
  if (keepReport !== undefined) copyFileSync(htmlFile, resolve(keepReport));
  say(tableOf(figures, checks));
  say(`  report ${relative('.', htmlFile)}, figures ${relative('.', jsonFile)}`);
  say(passed ? `load ${profile}: all promises kept` : `load ${profile}: ${checks.filter(({ ok }) => !ok).length} broken`);
  return passed ? 0 : 1;
}

function parse(args: string[]): { profile: ProfileName; keepReport: string | undefined } {
  try {
    const { values, positionals } = parseArgs({ args, options: { 'keep-report': { type: 'string' } }, allowPositionals: true });
    const [name = '', ...rest] = positionals;
    if (rest.length === 0 && isProfile(name)) return { profile: name, keepReport: values['keep-report'] };
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    say(error.message);
  }
  const known = Object.entries(profiles).map(([name, about]) => `  ${name.padEnd(12)} ${about}`);
  throw new Failure(`npm run load -- <profile> [--keep-report file.html]\n${known.join('\n')}`, exitCodes.usage);
}

function serversFrom(environment: NodeJS.ProcessEnv): Servers {
  const { FLASHSALE_DATABASE_URL: databaseUrl, FLASHSALE_KAFKA_BROKERS: kafkaBrokers, FLASHSALE_REDIS_URL: redisUrl } = environment;
  if (databaseUrl && kafkaBrokers && redisUrl) return { databaseUrl, kafkaBrokers, redisUrl };
  throw new Failure(
    'started without FLASHSALE_DATABASE_URL, FLASHSALE_KAFKA_BROKERS and FLASHSALE_REDIS_URL: use npm run load',
    exitCodes.usage,
  );
}
