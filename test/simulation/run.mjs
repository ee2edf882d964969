// `npm run simulate -- --seeds N --from S`: sales with everything that can go wrong, each all of it by chance from its seed.
// `npm run simulate -- --mutants`: the same with bugs planted in the service; each must be found.
import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { build } from 'esbuild';
import { checkout, stateFolder } from '../../infra/local/checkout.mjs';
import { exitCodes } from '../../infra/local/failure.mjs';
import { MUTANTS } from './mutants.mjs';

const folder = join(stateFolder, 'simulation');
/** Seeds within which a planted bug must be found. */
const FOUND_WITHIN = 10_000;

const { seeds, from, mutants, only } = options();
mkdirSync(folder, { recursive: true });
process.exitCode = mutants ? await runMutants(only) : await runSeeds(seeds, from);

function options() {
  try {
    const { values } = parseArgs({
      options: {
        seeds: { type: 'string', default: '1000' },
        from: { type: 'string', default: String(1 + (Date.now() % 1_000_000_000)) },
        mutants: { type: 'boolean', default: false },
        only: { type: 'string', default: '' },
      },
    });
    const [seeds, from] = [wholeNumber('seeds', values.seeds), wholeNumber('from', values.from)];
    return { ...values, seeds, from };
  } catch (error) {
    console.error(
      `${error instanceof Error ? error.message : error}\nUsage: npm run simulate -- [--seeds N] [--from S] | --mutants [--only TEXT]`,
    );
    process.exit(exitCodes.usage);
  }
}

/** @param {string} name @param {string} text */
function wholeNumber(name, text) {
  if (!/^\d{1,10}$/.test(text)) throw new Error(`--${name} is a whole number, not "${text}"`);
  return Number(text);
}

/** @param {number} count @param {number} first */
async function runSeeds(count, first) {
  return run(await bundle('service', null), count, first).status;
}

/** @param {string} text */
async function runMutants(text) {
  const chosen = MUTANTS.filter(({ name }) => name.includes(text));
  let missed = 0;
  for (const mutant of chosen) {
    const { found, seed } = run(await bundle('mutant', mutant), FOUND_WITHIN, 1, true);
    if (!found) missed += 1;
    console.log(`${found ? `found after ${String(seed).padStart(4)} seeds` : `NOT FOUND in ${FOUND_WITHIN} seeds`}  ${mutant.name}`);
  }
  console.log(`mutants: ${chosen.length - missed} of ${chosen.length} found`);
  return missed === 0 ? 0 : 1;
}

/** @param {string} file @param {number} count @param {number} first */
function run(file, count, first, isQuiet = false) {
  const { status, stdout } = spawnSync(process.execPath, [file, String(first), String(count), ...(isQuiet ? ['--first'] : [])], {
    stdio: ['ignore', isQuiet ? 'pipe' : 'inherit', 'inherit'],
    encoding: 'utf8',
  });
  const seed = Number(/^seed (\d+):/m.exec(stdout ?? '')?.[1]) - first + 1;
  return { status: status ?? 1, found: status === 1 && seed > 0, seed };
}

/**
 * One file of simulator and service, with a bug in it if there is to be one.
 * @param {string} name
 * @param {(typeof MUTANTS)[number] | null} mutant
 */
async function bundle(name, mutant) {
  const outfile = join(folder, `${name}.mjs`);
  await build({
    entryPoints: [join(checkout, 'test/simulation/main.ts')],
    ...{ outfile, bundle: true, platform: 'node', format: 'esm', target: 'node20', logLevel: 'warning', sourcemap: 'inline' },
    plugins: mutant === null ? [] : [plant(mutant)],
  });
  return outfile;
}

/** @param {(typeof MUTANTS)[number]} mutant @returns {import('esbuild').Plugin} */
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
