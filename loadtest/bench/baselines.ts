import { BASELINES } from '../baselines/all.js';
import { type BaselineResult, runBaseline } from '../baselines/run.js';
import type { Servers } from '../stand/servers.js';
import { type DrainResult, drain } from './drain.js';
import { onStand } from './stand.js';

const WARM_UP_COMMANDS = 100_000;
const DRAIN_COMMANDS = 200_000;
const ROUNDS = 2;

export interface Comparison {
  /** The better of two, for ours and for each of theirs. */
  readonly ours: DrainResult;
  readonly theirs: readonly BaselineResult[];
}

/**
 * A drain of one SKU beside what people use instead, on the same PostgreSQL in the same minutes: in turn, twice, and of each the better round.
 *
 * @param seconds how long each baseline runs each time, about: as many requests as its warm-up would serve in it
 */
export async function compare(
  servers: Servers,
  seconds: number,
  onResult: (result: BaselineResult | DrainResult) => void,
): Promise<Comparison> {
  await drain(servers, WARM_UP_COMMANDS);
  const ours: DrainResult[] = [];
  const theirs: BaselineResult[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const drained = await drain(servers, DRAIN_COMMANDS);
    onResult(drained);
    ours.push(drained);
    await onStand(servers, async ({ place, database }) => {
      for (const baseline of BASELINES) {
        const result = await runBaseline(database, place.databaseUrl, baseline, seconds);
        onResult(result);
        theirs.push(result);
      }
    });
  }
  return { ours: best(ours), theirs: BASELINES.map(({ name }) => best(theirs.filter((result) => result.name === name))) };
}

const best = <T extends { readonly perSecond: number }>(results: readonly T[]): T =>
  results.reduce((a, b) => (b.perSecond > a.perSecond ? b : a));
