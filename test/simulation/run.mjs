// `npm run simulate`: first what was found before, then new sales with everything that can go wrong, each all of it by chance from its seed.
// With `--from` or `--plan` these alone; with `--mutants` bugs are planted in the service, and each must be found.
import { parseArgs } from 'node:util';
import { exitCodes } from '../../infra/local/failure.mjs';
import { bundle, run } from './bundle.mjs';
import { isFoundByPlan, keep, runKept } from './kept.mjs';
import { MUTANTS } from './mutants.mjs';

const USAGE = `npm run simulate -- [--seeds N]                    what was found before, then N seeds
                        --from S [--seeds N]           these alone
                        --plan JSON                    this sale alone
                        --regressions                  what was found before, alone
                        --mutants [--only TEXT] [--keep]  planted bugs, searched for; --keep writes down what found them`;
/** Seeds within which a planted bug must be found. */
const FOUND_WITHIN = 10_000;

const asked = options();
process.exitCode = (await answer()) ? 0 : 1;

async function answer() {
  if (asked.mutants) return await runMutants(asked.only, asked.keep);
  if (asked.plan !== undefined)
    return isClean(await run(await bundle('service'), { kind: 'plans', plans: [JSON.parse(asked.plan)], noises: 1 }));
  const isKeeping = asked.regressions || asked.from === null ? await runKept() : true;
  if (asked.regressions) return isKeeping;
  const first = asked.from ?? 1 + (Date.now() % 1_000_000_000);
  const finding = await run(await bundle('service'), { kind: 'seeds', first, count: asked.seeds, endsAtFirst: false });
  return isClean(finding) && isKeeping;
}

/** @param {import('./main.js').Finding} finding */
function isClean({ first, plans }) {
  return first === null && plans.every((violation) => violation === null);
}

function options() {
  try {
    const { values } = parseArgs({
      options: {
        seeds: { type: 'string', default: '1000' },
        from: { type: 'string' },
        plan: { type: 'string' },
        regressions: { type: 'boolean', default: false },
        mutants: { type: 'boolean', default: false },
        only: { type: 'string', default: '' },
        keep: { type: 'boolean', default: false },
      },
    });
    const from = values.from === undefined ? null : wholeNumber('from', values.from);
    return { ...values, seeds: wholeNumber('seeds', values.seeds), from };
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : error}\n${USAGE}`);
    process.exit(exitCodes.usage);
  }
}

/** @param {string} name @param {string} text */
function wholeNumber(name, text) {
  if (!/^\d{1,10}$/.test(text)) throw new Error(`--${name} is a whole number, not "${text}"`);
  return Number(text);
}

/** @param {string} text @param {boolean} isKept */
async function runMutants(text, isKept) {
  const chosen = MUTANTS.filter(({ name }) => name.includes(text));
  let [missed, byPlan] = [0, 0];
  for (const mutant of chosen) {
    const file = await bundle('mutant', mutant);
    const { first } = await run(file, { kind: 'seeds', first: 1, count: FOUND_WITHIN, endsAtFirst: true }, true);
    if (first === null) {
      const isFound = await isFoundByPlan(mutant, file);
      if (isFound) byPlan += 1;
      else missed += 1;
      console.log(`${isFound ? 'found by its plan' : 'NOT FOUND'}, not in ${FOUND_WITHIN} seeds  ${mutant.name}`);
      continue;
    }
    const { seed, size, plan, violation } = first;
    console.log(`found after ${String(seed).padStart(4)} seeds, ${String(size).padStart(2)} parts  ${mutant.name}`);
    if (isKept) keep({ bug: mutant.name, found: violation, plan });
  }
  console.log(`mutants: ${chosen.length - missed} of ${chosen.length} found, ${byPlan} of them by their plans alone`);
  return missed === 0;
}
