import { type Plan, planOf } from './plan.js';
import { shrink, sizeOf } from './shrink.js';
import { type Run, simulate } from './simulate.js';

/** What the simulator's own process is asked for: seeds, or plans. It answers with what it found. */
export type Job =
  | { readonly kind: 'seeds'; readonly first: number; readonly count: number; readonly endsAtFirst: boolean }
  /** Each with so many noises until it goes wrong. */
  | { readonly kind: 'plans'; readonly plans: readonly Plan[]; readonly noises: number };

export interface Finding {
  /** The first as it was found, and as small as it could be made. */
  readonly first: {
    readonly seed: number;
    readonly violation: string;
    readonly size: number;
    readonly sizeBefore: number;
    readonly plan: Plan;
  } | null;
  /** Of each plan what was wrong; null where nothing was. */
  readonly plans: readonly (string | null)[];
}

const SHOWN = 8;
const MAX_SHOWN_SEEDS = 10;
const PROGRESS_EVERY_MS = 10_000;
/** Noises under which a smaller plan must go wrong: what hangs on one order of events alone would not outlive the next change. */
const NOISES = 20;
const NO_STACKS_FROM = 20;

async function runSeeds({ first, count, endsAtFirst }: Job & { kind: 'seeds' }): Promise<Finding> {
  // Errors are made by the thousand here, and their stacks are looked at by nobody.
  if (count >= NO_STACKS_FROM) Error.stackTraceLimit = 0;
  let [wrong, done, steps, records, deaths] = [0, 0, 0, 0, 0];
  let found: Finding['first'] = null;
  const started = process.cpuUsage();
  let toldAt = performance.now();
  // A seed that is not the same run each time could not be looked into.
  const [once, again] = [await simulate(planOf(first)), await simulate(planOf(first))];
  if (JSON.stringify(once) !== JSON.stringify(again)) throw new Error(`seed ${first} is not the same run twice`);
  for (let seed = first; seed < first + count; seed += 1) {
    const run = await simulate(planOf(seed));
    done += 1;
    steps += run.steps;
    records += run.records;
    deaths += run.deaths;
    if (performance.now() - toldAt >= PROGRESS_EVERY_MS) {
      console.error(`${done} of ${count} seeds, ${wrong} violations`);
      toldAt = performance.now();
    }
    if (run.violations.length === 0) continue;
    wrong += 1;
    if (wrong <= MAX_SHOWN_SEEDS) console.log(`seed ${seed}: again with npm run simulate -- --seeds 1 --from ${seed}\n${told(run)}`);
    found ??= await smallest(seed, run);
    if (endsAtFirst) break;
  }
  const { user, system } = process.cpuUsage(started);
  console.log(`${steps} steps, ${records} records, ${deaths} deaths; ${((user + system) / 1_000 / done).toFixed(1)} ms of CPU a seed`);
  console.log(`simulate: ${done} seeds, ${wrong} violations`);
  return { first: found, plans: [] };
}

/** Tells how little it takes to go wrong in the same way. */
async function smallest(seed: number, run: Run): Promise<NonNullable<Finding['first']>> {
  const violation = run.violations[0] as string;
  const plan = await shrink(planOf(seed), (candidate) => goesWrong(candidate, NOISES, kindOf(violation)));
  const shrunk = await simulate(plan);
  const [size, sizeBefore] = [sizeOf(plan), sizeOf(planOf(seed))];
  console.log(
    `the smallest plan, ${size} parts of ${sizeBefore}: again with npm run simulate -- --plan '${JSON.stringify(plan)}'\n${told(shrunk)}`,
  );
  return { seed, violation: shrunk.violations[0] as string, size, sizeBefore, plan };
}

async function runPlans({ plans, noises }: Job & { kind: 'plans' }): Promise<Finding> {
  const found: (string | null)[] = [];
  for (const plan of plans) {
    const wrong = await goesWrong(plan, noises, null);
    const run = wrong === null ? null : await simulate(wrong);
    if (run !== null) console.log(`a plan goes wrong: again with npm run simulate -- --plan '${JSON.stringify(wrong)}'\n${told(run)}`);
    found.push(run?.violations[0] ?? null);
  }
  console.log(`simulate: ${plans.length} plans, ${found.filter((violation) => violation !== null).length} violations`);
  return { first: null, plans: found };
}

/** @param kind of the violation; null: any */
async function goesWrong(plan: Plan, noises: number, kind: string | null): Promise<Plan | null> {
  for (let other = 0; other < noises; other += 1) {
    const candidate = other === 0 ? plan : { ...plan, noise: other };
    const { violations } = await simulate(candidate);
    if (violations.some((text) => kind === null || kindOf(text) === kind)) return candidate;
  }
  return null;
}

/** The check that says it. */
const kindOf = (violation: string): string => /^[A-K](, [A-K])*(?=:)/.exec(violation)?.[0] ?? 'told';

function told({ violations }: Run): string {
  const lines = violations.slice(0, SHOWN).map((text) => `  ${text}`);
  if (violations.length > SHOWN) lines.push(`  and ${violations.length - SHOWN} more`);
  return lines.join('\n');
}

const job = JSON.parse(process.argv[2] ?? '') as Job;
const finding = job.kind === 'seeds' ? await runSeeds(job) : await runPlans(job);
process.exitCode = finding.first === null && finding.plans.every((violation) => violation === null) ? 0 : 1;
process.send?.(finding);
