import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkout } from '../../infra/local/checkout.mjs';
import { bundle, run } from './bundle.mjs';
import { MUTANTS } from './mutants.mjs';

/**
 * A plan that found a bug, one on each line. The bug is planted again, and the plan must find it again: what a plan means changes with the code,
 * and one that finds nothing any more would keep nothing.
 * @typedef {object} Kept
 * @property {string} bug the mutant
 * @property {string} [product] what it was in the product, where it was not only planted
 * @property {string} found the violation
 * @property {import('./plan.js').Plan} plan
 */

const path = join(checkout, 'test/simulation/regressions.jsonl');
/** Noises under which a kept plan is tried: the order of events may have changed since, and only little of it matters. */
const NOISES = 1_000;
const AT_ONCE = 2;
const RENEW = 'npm run simulate -- --mutants --keep --only';

/** @returns {Kept[]} */
export const readKept = () =>
  readFileSync(path, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));

/** @param {Kept} kept in the place of what was kept for this bug */
export function keep(kept) {
  const before = readKept().find(({ bug }) => bug === kept.bug);
  const all = [...readKept().filter(({ bug }) => bug !== kept.bug), { ...before, ...kept }];
  const inOrder = MUTANTS.flatMap(({ name }) => all.filter(({ bug }) => bug === name));
  writeFileSync(path, inOrder.map((one) => `${JSON.stringify(one)}\n`).join(''));
}

/** Goes wrong within a few seeds, and needs no fault for it: of what three sales say the shrinking must leave half at most. */
const SHRINKS = { bug: 'one unit too many is sold', firsts: [1, 1_001, 2_001], seeds: 200 };

/** Shrinking is tried on a planted bug: nothing else would use it before it is needed. */
async function shrinks() {
  const mutant = MUTANTS.find(({ name }) => name === SHRINKS.bug) ?? null;
  const file = await bundle('shrinking', mutant);
  let [left, before] = [0, 0];
  for (const first of SHRINKS.firsts) {
    const { first: found } = await run(file, { kind: 'seeds', first, count: SHRINKS.seeds, endsAtFirst: true }, true);
    left += found?.size ?? Number.NaN;
    before += found?.sizeBefore ?? Number.NaN;
  }
  console.log(`shrinking: ${left} parts of ${before} for ${SHRINKS.bug}`);
  return left <= before / 2;
}

/** @param {typeof MUTANTS[number]} mutant @param {string} file with this bug in it */
export async function isFoundByPlan({ name }, file) {
  const plans = readKept().flatMap(({ bug, plan }) => (bug === name ? plan : []));
  const finding = await run(file, { kind: 'plans', plans, noises: NOISES }, true);
  return plans.length > 0 && finding.plans.every((violation) => violation !== null);
}

/** Every planted bug is found by the plan that is kept for it, and none of these plans finds anything in the service as it is. @returns whether all is so */
export async function runKept() {
  const kept = readKept();
  const service = await run(await bundle('service'), { kind: 'plans', plans: kept.map(({ plan }) => plan), noises: 1 });
  let wrong = service.plans.filter((violation) => violation !== null).length;
  const waiting = [...MUTANTS];
  const work = async (/** @type {number} */ nr) => {
    for (let mutant = waiting.shift(); mutant !== undefined; mutant = waiting.shift()) {
      if (await isFoundByPlan(mutant, await bundle(`mutant-${nr}`, mutant))) continue;
      wrong += 1;
      console.log(`not found by a plan that is kept for it: ${mutant.name}; again with ${RENEW} '${mutant.name}'`);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, (_, nr) => work(nr)));
  if (!(await shrinks())) wrong += 1;
  console.log(`regressions: ${MUTANTS.length} planted bugs, ${kept.length} plans, ${wrong} wrong`);
  return wrong === 0;
}
