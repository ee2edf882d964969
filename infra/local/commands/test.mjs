import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { buildWhenChanged } from '../build.mjs';
import { checkout } from '../checkout.mjs';
import { closingLine, figuresOf } from '../closing-line.mjs';
import { atEnd } from '../lifetime.mjs';
import { spawnGuarded } from '../processes.mjs';
import { say } from '../say.mjs';
import { startServers, urlsOf } from '../servers.mjs';
import { setUp } from '../setup.mjs';

/**
 * @param {string[]} args for jest
 * @param {string} [suite] of those that stand apart: faults, ops, simulation
 * @returns {Promise<number>}
 */
export async function testCommand(args, suite) {
  let buildError = '';
  const build = () =>
    buildWhenChanged().catch((error) => {
      buildError = error.message;
      say(`${buildError}\n  The build failed: tests run on, those that start the service take the last one that was built.`);
    });
  const choices = await setUp({ build });
  const servers = await startServers({ instance: 'test', fresh: true, another: true, choices });

  const resultsFile = join(servers.folder, 'jest.json');
  rmSync(resultsFile, { force: true });
  const code = await runJest([...args, '--json', `--outputFile=${resultsFile}`], {
    ...process.env,
    ...urlsOf(servers),
    ...(suite ? { FLASHSALE_TEST_SUITE: suite } : {}),
  });
  await servers.stop();

  // Without results jest itself has failed: a bad option, a broken configuration.
  const figures = existsSync(resultsFile) ? figuresOf(JSON.parse(readFileSync(resultsFile, 'utf8'))) : { passed: 0, failed: 1, skipped: 0 };
  if (buildError) say('\nthe build failed, see above');
  say(closingLine(figures));
  return code || (figures.failed > 0 || buildError ? 1 : 0);
}

/**
 * @param {string[]} args
 * @param {Record<string, string | undefined>} env
 * @returns {Promise<number>}
 */
async function runJest(args, env) {
  // ES modules in jest need vm modules, which Node calls experimental on every run.
  const nodeOptions = ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning'];
  const jest = [...nodeOptions, join(checkout, 'node_modules/jest/bin/jest.js'), ...args];
  const running = await spawnGuarded(process.execPath, jest, { env, stopSignal: 'SIGINT', killAfterMs: 5_000 });
  atEnd(running.stop);
  const { code } = await running.exited;
  return code ?? 1;
}
