import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';
import { checkout, stateFolder } from '../../infra/local/checkout.mjs';

/** @typedef {(typeof import('./mutants.mjs').MUTANTS)[number]} Mutant */

const folder = join(stateFolder, 'simulation');

/**
 * One file of simulator and service, with a bug in it if there is to be one.
 * @param {string} name
 * @param {Mutant | null} mutant
 */
export async function bundle(name, mutant = null) {
  const outfile = join(folder, `${name}.mjs`);
  mkdirSync(folder, { recursive: true });
  await build({
    entryPoints: [join(checkout, 'test/simulation/main.ts')],
    ...{ outfile, bundle: true, platform: 'node', format: 'esm', target: 'node20', logLevel: 'warning' },
    // Only for looking into it: with a bug in it, nobody does.
    sourcemap: mutant === null ? 'inline' : false,
    plugins: mutant === null ? [] : [plant(mutant)],
  });
  return outfile;
}

/** @param {Mutant} mutant @returns {import('esbuild').Plugin} */
function plant({ name, file, find, replace }) {
  return {
    name: 'planted bug',
    setup({ onLoad }) {
      const path = join(checkout, file);
      onLoad({ filter: /\.ts$/ }, async (args) => {
        if (args.path !== path) return undefined;
        const text = await readFile(path, 'utf8');
        if (text.split(find).length !== 2) throw new Error(`the mutant "${name}" does not fit ${file} any more`);
        return { contents: text.replace(find, () => replace), loader: 'ts' };
      });
    },
  };
}

/**
 * Runs the simulator in a process of its own.
 * @param {string} file what `bundle` made
 * @param {import('./main.js').Job} job
 * @returns {Promise<import('./main.js').Finding>}
 */
export async function run(file, job, isQuiet = false) {
  const child = fork(file, [JSON.stringify(job)], { stdio: ['ignore', isQuiet ? 'ignore' : 'inherit', 'inherit', 'ipc'] });
  /** @type {import('./main.js').Finding | null} */
  let finding = null;
  child.on('message', (message) => {
    finding = /** @type {import('./main.js').Finding} */ (message);
  });
  const [code] = await once(child, 'close');
  if (finding === null) throw new Error(`the simulator ended with ${code} and said nothing`);
  return finding;
}
