import type { Plan } from './plan.js';

/** @returns the plan with a noise under which it goes wrong in the same way; null where none of those that were tried does */
export type GoesWrong = (plan: Plan) => Promise<Plan | null>;

/** Leaves out of a plan whatever it goes wrong without, until nothing more can be left out alone. */
export async function shrink(plan: Plan, goesWrong: GoesWrong): Promise<Plan> {
  let smallest = plan;
  for (let isSmaller = true; isSmaller; ) {
    isSmaller = false;
    // Each time of what is left now: a half, a quarter ... and at last a single one.
    for (const step of STEPS)
      for (let candidates = step(smallest), at = 0; at < candidates.length; at += 1) {
        const found = await goesWrong(candidates[at] as Plan);
        if (found === null) continue;
        smallest = found;
        isSmaller = true;
        [candidates, at] = [step(smallest), -1];
      }
  }
  return smallest;
}

/** Plans that are smaller in one respect, the much smaller first. */
const STEPS: readonly ((plan: Plan) => readonly Plan[])[] = [
  (plan) => without(plan.mishaps).map((mishaps) => ({ ...plan, mishaps })),
  (plan) => without(plan.buyers).map((buyers) => ({ ...plan, buyers })),
  (plan) =>
    without(plan.skus)
      .filter((skus) => skus.length > 0)
      .map((skus) => ({ ...plan, skus, buyers: plan.buyers.filter(({ sku }) => skus.some((left) => left.sku === sku)) })),
  (plan) => nothing(plan.fates).map((fates) => ({ ...plan, fates })),
  (plan) => nothing(plan.chaos).map((chaos) => ({ ...plan, chaos })),
  (plan) => fewer(plan, 'writers'),
  (plan) => fewer(plan, 'fronts'),
  (plan) => fewer(plan, 'partitions'),
];

function without<T>(all: readonly T[]): T[][] {
  const left: T[][] = [];
  for (let size = all.length; size >= 1; size = Math.floor(size / 2))
    for (let from = 0; from < all.length; from += size) left.push([...all.slice(0, from), ...all.slice(from + size)]);
  return left;
}

const nothing = <T extends { readonly [Name in keyof T]: number }>(of: T): T[] =>
  (Object.keys(of) as (keyof T)[]).filter((name) => of[name] !== 0).map((name) => ({ ...of, [name]: 0 }));

const fewer = (plan: Plan, what: 'writers' | 'fronts' | 'partitions'): Plan[] =>
  plan[what] > 1 ? [{ ...plan, [what]: plan[what] - 1 }] : [];

/** How much a plan says: what a reader has to go through. */
export const sizeOf = ({ mishaps, buyers, skus, fates, chaos, writers, fronts, partitions }: Plan): number =>
  mishaps.length + buyers.length + skus.length + nothing(fates).length + nothing(chaos).length + writers + fronts + partitions;
