import { type Run, simulate } from './simulate.js';

/** The simulator's own process: first seed, how many, and `--first` to end with the first seed that goes wrong. */
const [first = 1, count = 1] = process.argv.slice(2, 4).map(Number);
const endsAtFirst = process.argv.includes('--first');
const SHOWN = 8;
const MAX_SHOWN_SEEDS = 10;
const PROGRESS_EVERY_MS = 10_000;

let [wrong, done, steps, records, deaths] = [0, 0, 0, 0, 0];
const started = process.cpuUsage();
let toldAt = performance.now();
// A seed that is not the same run each time could not be looked into.
const [once, again] = [await simulate(first), await simulate(first)];
if (JSON.stringify(once) !== JSON.stringify(again)) throw new Error(`seed ${first} is not the same run twice`);
for (let seed = first; seed < first + count; seed += 1) {
  const run = await simulate(seed);
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
  if (wrong <= MAX_SHOWN_SEEDS) console.log(told(run));
  if (endsAtFirst) break;
}
const { user, system } = process.cpuUsage(started);
console.log(`${steps} steps, ${records} records, ${deaths} deaths; ${((user + system) / 1_000 / done).toFixed(1)} ms of CPU a seed`);
console.log(`simulate: ${done} seeds, ${wrong} violations`);
process.exitCode = wrong === 0 ? 0 : 1;

function told({ seed, violations }: Run): string {
  const lines = violations.slice(0, SHOWN).map((text) => `  ${text}`);
  if (violations.length > SHOWN) lines.push(`  and ${violations.length - SHOWN} more`);
  return [`seed ${seed}: again with npm run simulate -- --seeds 1 --from ${seed}`, ...lines].join('\n');
}
