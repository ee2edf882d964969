import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { checkout } from '../checkout.mjs';
import { Failure } from '../failure.mjs';
import { atEnd } from '../lifetime.mjs';
import { localKeys } from '../local-keys.mjs';
import { say, seconds } from '../say.mjs';
import { startServers } from '../servers.mjs';
import { howServiceEnded, serviceSettings, startService } from '../service.mjs';
import { runCli } from '../service-cli.mjs';
import { setUp } from '../setup.mjs';
import { welcome } from '../welcome.mjs';

/**
 * @param {string[]} args
 * @returns {Promise<number>}
 */
export async function startCommand(args) {
  const { service, settings } = await startAll(args);
  const exit = await service.exited;
  throw new Failure(howServiceEnded(exit, settings));
}

/**
 * Servers, tables, topics, keys, service.
 * @param {string[]} args
 */
export async function startAll(args) {
  const began = performance.now();
  const choices = await setUp();
  for (const program of ['src/main', 'src/cli/main']) {
    if (!existsSync(join(checkout, `dist/${program}.js`))) throw new Failure(`there is no ${program}.ts in this checkout`);
  }
  const servers = await startServers({ instance: 'start', fresh: args.includes('--fresh'), choices });
  const settings = await serviceSettings(servers);
  await Promise.all([runCli(['migrate'], settings.env), runCli(['topics'], settings.env)]);
  const keys = await localKeys(servers.folder, settings.env);
  const service = await startService(settings);
  atEnd(service.stop);
  say(`  ok  service ready (${seconds(performance.now() - began)} in all)`);
  say(welcome({ settings, keys }));
  return { service, settings };
}
