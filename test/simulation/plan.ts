import type { LogChaos } from './log-model.js';
import { Prng } from './prng.js';
import type { Fates } from './process.js';

/** What can go wrong, and what operators do; as often as it stands here. */
const MISHAPS = [
  ...['a writer dies', 'a writer dies', 'a writer is stopped', 'a writer joins', 'the group divides anew', 'an API process dies'],
  ...['the cache forgets', 'no command is in the log', 'an operator writes', 'an operator writes', 'a clock steps'],
] as const;

export type MishapKind = (typeof MISHAPS)[number];

/** Everything of a plan that comes at its time has a number, by which its chance is its own: it stays the same when others are left out. */
interface Planned {
  readonly at: number;
  readonly nr: number;
}

export interface PlannedBuyer extends Planned {
  readonly sku: string;
  readonly user: string;
  readonly key: string;
  readonly quantity: number;
}

export interface PlannedMishap extends Planned {
  readonly kind: MishapKind;
}

export interface PlannedSku {
  readonly sku: string;
  readonly total: number;
  readonly perUserLimit: number;
  readonly holdSeconds: number;
}

/** One sale and what goes wrong in it. All else (how long a call takes, whose turn it is) comes by chance from `noise`. */
export interface Plan {
  readonly noise: number;
  readonly partitions: number;
  /** How long there is trouble. */
  readonly troubleMs: number;
  readonly writers: number;
  readonly fronts: number;
  readonly skus: readonly PlannedSku[];
  readonly buyers: readonly PlannedBuyer[];
  readonly mishaps: readonly PlannedMishap[];
  readonly fates: Fates;
  readonly chaos: LogChaos;
}

/** Most sales are short, so that there are many; what needs time to go wrong has the long ones. */
const LONG = { share: 0.3, troubleMs: 2_000, writers: 3, fronts: 2, buyers: 20, crowds: 4, holdSeconds: 2, mishaps: 10 };
const SHORT = { troubleMs: 1_000, writers: 2, fronts: 2, buyers: 14, crowds: 2, holdSeconds: 1, mishaps: 6 };

/** The same seed is the same plan. */
export function planOf(seed: number): Plan {
  const random = new Prng(seed);
  const { troubleMs, writers, fronts, buyers, crowds, holdSeconds, mishaps } = random.chance(LONG.share) ? LONG : SHORT;
  const some = (most: number): number => (random.chance(0.5) ? Math.round(random.fraction() * most * 1_000) / 1_000 : 0);
  const several = <T>(min: number, max: number, make: (nr: number) => T): T[] =>
    Array.from({ length: random.between(min, max) }, (_, nr) => make(nr));
  const names = ['hot', 'warm', 'cold'];
  const skus = several(1, 3, (nr) => ({
    ...{ sku: names[nr] as string, total: random.between(0, 8) },
    ...{ perUserLimit: random.between(1, 3), holdSeconds: random.between(1, holdSeconds) },
  }));
  // In crowds, as buyers come: then chunks follow each other closely.
  const comings = several(1, crowds, () => random.between(100, troubleMs * 0.75));
  return {
    ...{ noise: seed, troubleMs, skus },
    fates: { lost: some(0.1), unanswered: some(0.1), late: some(0.1) },
    chaos: { repeated: some(0.3), skipped: some(0.2), again: some(0.3), reset: some(0.2) },
    ...{ partitions: random.between(1, 3), writers: random.between(1, writers), fronts: random.between(1, fronts) },
    buyers: several(5, buyers, (nr) => ({
      ...{ nr, at: random.pick(comings) + random.between(0, 60), sku: random.pick(skus).sku },
      ...{ user: `buyer-${random.between(1, 8)}`, key: random.pick(['k1', 'k2', 'k3']), quantity: random.pick([1, 1, 1, 2, 3, 4]) },
    })),
    mishaps: several(0, mishaps, (nr) => ({ nr, at: random.between(0, troubleMs), kind: random.pick(MISHAPS) })),
  };
}
