// `npm run test:ops`: what stands round the service. Needs programs that `npm test` does not, and says so before it begins.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { checkout, stateFolder } from '../../infra/local/checkout.mjs';
import { closingLine, figuresOf } from '../../infra/local/closing-line.mjs';
import { exitCodes } from '../../infra/local/failure.mjs';
import { findOrBuilt } from '../../infra/local/programs.mjs';

/** @type {Record<string, string>} program -> how to get it */
const needed = {
  promtool: 'comes with Prometheus: apt-get install prometheus, or brew install prometheus',
  k6: '`npm run load -- smoke` builds one, which counts; or see https://grafana.com/docs/k6/latest/set-up/install-k6/',
};

const missing = Object.keys(needed).filter((program) => findOrBuilt(program) === null);
if (missing.length > 0) {
  console.error(`test:ops needs what is not here:\n${missing.map((program) => `  - ${program}: ${needed[program]}`).join('\n')}`);
  process.exit(exitCodes.unavailable);
}

mkdirSync(stateFolder, { recursive: true });
const resultsFile = join(stateFolder, 'test-ops.json');
rmSync(resultsFile, { force: true });
const jest = join(checkout, 'node_modules/jest/bin/jest.js');
const { status } = spawnSync(
  process.execPath,
  [
    '--experimental-vm-modules',
    '--disable-warning=ExperimentalWarning',
    jest,
    '--json',
    `--outputFile=${resultsFile}`,
    ...process.argv.slice(2),
  ],
  { cwd: checkout, stdio: ['ignore', 'ignore', 'inherit'], env: { ...process.env, FLASHSALE_TEST_SUITE: 'ops' } },
);

// Without results jest itself has failed: a bad option, a broken configuration.
const figures = existsSync(resultsFile) ? figuresOf(JSON.parse(readFileSync(resultsFile, 'utf8'))) : { passed: 0, failed: 1, skipped: 0 };
console.log(closingLine(figures));
process.exitCode = figures.failed > 0 ? 1 : (status ?? 1);
