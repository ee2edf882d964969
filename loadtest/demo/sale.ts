import { setTimeout as sleep } from 'node:timers/promises';
import { Failure } from '../../infra/local/failure.mjs';
import type { SkuId } from '../../src/domain/ids.js';
import { partitionOf } from '../../src/domain/partition-hash.js';
import type { Member } from '../stand/members.js';
import { PARTITIONS } from '../stand/service.js';
import { planAsks, RAMP_MS, seededRandom } from './buyers.js';
import type { OnSale } from './catalogue.js';
import { arrive } from './crowd.js';
import { type Kill, killOwner } from './kill.js';
import type { LedgerWatch, Moment } from './ledger-watch.js';
import type { DemoOptions } from './options.js';
import type { ProgressDisplay } from './progress.js';
import { resumedText } from './report.js';
import { problemCodeOf, type Shop } from './shop.js';
import { percentiles, Tally } from './tally.js';

const LOOK_EVERY_MS = 100;
const SECOND_LOOK_MS = 2_000;
/** The default `decideBy` of a request, and a failover of its writer. */
export const DECIDED_WITHIN_MS = 45_000;

export interface Sold {
  readonly asks: number;
  readonly saleMs: number;
  readonly tally: Tally;
  readonly kill: Kill | null;
}

export async function putOnSale(skus: readonly OnSale[], shop: Shop): Promise<void> {
  const replies = await Promise.all(skus.map((sku) => shop.putOnSale(sku)));
  const failed = replies.find(({ status }) => status !== 201);
  if (failed !== undefined)
    throw new Failure(`a SKU could not be put on sale: ${failed.status} ${problemCodeOf(failed)} ${JSON.stringify(failed.body)}`, 70);
}

/** The doors open, the crowd comes, perhaps a writer dies; over when every accepted request has its decision. */
export async function runSale({
  options,
  skus,
  shop,
  watch,
  members,
  display,
  signal,
}: {
  options: DemoOptions;
  skus: readonly OnSale[];
  shop: Shop;
  watch: LedgerWatch;
  members: readonly Member[];
  display: ProgressDisplay;
  signal: AbortSignal;
}): Promise<Sold> {
  const [hot] = skus as [OnSale];
  const asks = planAsks(skus, options.rate, seededRandom(1));
  const tally = new Tally();
  const state: { phase: string | null; news: string | null } = { phase: null, news: null };
  const done = new AbortController();
  const until = AbortSignal.any([signal, done.signal]);

  // What is written after the end of the demo has begun would be drawn over.
  signal.addEventListener('abort', () => display.end(), { once: true });
  const began = performance.now();
  const look = (moment: Moment): void => {
    const elapsedMs = performance.now() - began;
    display.show({
      phase: state.phase ?? (elapsedMs < RAMP_MS ? 'doors open, the crowd grows' : 'doors open'),
      news: state.news,
      elapsedMs,
      asked: tally.answered,
      asks: asks.length,
      accepted: tally.acceptedIds.size,
      decided: moment.decided,
      unitsLeft: moment.hotUnitsLeft ?? hot.units,
      units: hot.units,
      acceptP95Ms: percentiles(tally.acceptLatency).p95Ms,
      retries: [...tally.retries.values()].reduce((sum, n) => sum + n, 0),
    });
  };
  const looking = lookOn(watch, hot.skuId, look, until);
  const killing = options.killWriter ? killInMidSale(hot, members, watch, state, until) : Promise.resolve(null);
  try {
    await arrive(asks, shop, tally, signal);
    state.phase = 'last decisions';
    const settled = await untilDecided([...tally.acceptedIds], watch, signal);
    const saleMs = performance.now() - began;
    // The last decision may be in the ledger a moment before the killer's next look at it.
    await Promise.race([killing, sleep(SECOND_LOOK_MS, undefined, { signal })]);
    done.abort();
    const kill = await killing;
    state.phase = settled ? 'all decided' : 'not all decided in time';
    look(await watch.moment(hot.skuId));
    return { asks: asks.length, saleMs, tally, kill };
  } finally {
    done.abort();
    await Promise.allSettled([looking, killing]);
    display.end();
  }
}

/** Null when the sale was over before there was a middle of it. */
async function killInMidSale(
  { skuId, units }: OnSale,
  members: readonly Member[],
  watch: LedgerWatch,
  state: { news: string | null },
  signal: AbortSignal,
): Promise<Kill | null> {
  const partition = partitionOf(skuId as SkuId, PARTITIONS);
  const watched = { hotUnitsLeft: async () => (await watch.moment(skuId)).hotUnitsLeft, lastSequence: () => watch.lastSequence(skuId) };
  let told: Omit<Kill, 'resumedAfterMs'> | null = null;
  try {
    const kill = await killOwner({ partition, units, members, signal }, watched, (sent) => {
      told = sent;
      state.news = `SIGKILL to ${sent.writer}`;
    });
    if (kill.resumedAfterMs !== null) state.news = `SIGKILL to ${kill.writer}, ${resumedText(kill.resumedAfterMs)}`;
    return kill;
  } catch (error) {
    if (!signal.aborted) throw error;
    return told === null ? null : { ...(told as Omit<Kill, 'resumedAfterMs'>), resumedAfterMs: null };
  }
}

async function lookOn(watch: LedgerWatch, hotSku: string, look: (moment: Moment) => void, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    look(await watch.moment(hotSku));
    await sleep(LOOK_EVERY_MS, undefined, { signal }).catch(() => undefined);
  }
}

/** @returns false when the time is up: what is still undecided then is told as lost by the recount */
async function untilDecided(ids: readonly string[], watch: LedgerWatch, signal: AbortSignal): Promise<boolean> {
  for (const deadline = performance.now() + DECIDED_WITHIN_MS; performance.now() < deadline; ) {
    if ((await watch.undecided(ids)) === 0) return true;
    await sleep(LOOK_EVERY_MS, undefined, { signal });
  }
  return false;
}
