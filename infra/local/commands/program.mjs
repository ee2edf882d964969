import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { checkout } from '../checkout.mjs';
import { Failure } from '../failure.mjs';
import { atEnd } from '../lifetime.mjs';
import { spawnGuarded } from '../processes.mjs';
import { startServers, urlsOf } from '../servers.mjs';
import { setUp } from '../setup.mjs';

/** @type {Record<'demo' | 'bench' | 'load', { folder: string, alwaysFresh: boolean }>} */
const programs = {
  demo: { folder: 'demo', alwaysFresh: false },
  // Figures are compared from run to run: each begins with the same, empty, tables.
  bench: { folder: 'bench', alwaysFresh: true },
  load: { folder: 'k6', alwaysFresh: false },
};

/**
 * Servers, then one of our programs beside them, whose exit code is passed on.
 * @param {'demo' | 'bench' | 'load'} name
 * @param {string[]} args
 * @returns {Promise<number>}
 */
export async function programCommand(name, args) {
  const { folder, alwaysFresh } = programs[name];
  const choices = await setUp();
  const program = join(checkout, 'dist/loadtest', folder, 'main.js');
  if (!existsSync(program)) throw new Failure(`there is no loadtest/${folder}/main.ts in this checkout`);
  if (args.some((arg) => arg === '--help' || arg === '-h')) return exitOf(await spawnGuarded(process.execPath, [program, ...args]));
  const servers = await startServers({ instance: name, fresh: alwaysFresh || args.includes('--fresh'), choices });

  const running = await spawnGuarded(process.execPath, [program, ...args.filter((arg) => arg !== '--fresh')], {
    env: { ...process.env, ...urlsOf(servers) },
    stopSignal: 'SIGINT',
    killAfterMs: 15_000,
  });
  atEnd(running.stop);
  return exitOf(running);
}

/** @param {import('../processes.mjs').Guarded} running */
async function exitOf(running) {
  const { code } = await running.exited;
  return code ?? 1;
}
