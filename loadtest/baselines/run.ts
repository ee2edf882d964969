import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type pg from 'pg';
import { postgresCpuSeconds } from '../bench/postgres-cpu.js';
import type { Ask, Baseline, OpenBaseline } from './baseline.js';

const CONNECTIONS = 32;
const WARM_UP_REQUESTS = 400;
/** Reservations that are open before the first of them ends. */
const LIFE_REQUESTS = 200;

/** What is asked of a baseline; the same as of the service beside it. */
export interface Work {
  readonly skus: number;
  /** `reserves`: half of them served, half sold out. `lives`: 70 % reserve, 20 % confirm, 10 % cancel, and none sold out. */
  readonly mix: 'reserves' | 'lives';
}

export interface BaselineResult {
  readonly name: string;
  readonly how: string;
  readonly requests: number;
  readonly perSecond: number;
  readonly p95Ms: number;
  readonly clientCpuMicros: number;
  readonly postgresCpuMicros: number | null;
}

const TABLES = readFileSync(new URL('./sql/tables.sql', import.meta.url), 'utf8');

/**
 * How many requests are decided a second by as many clients as there are connections, each with its next request at once: as many as the
 * warm-up serves in so many seconds.
 * @throws where it has sold other than it says
 */
export async function runBaseline(
  database: pg.ClientBase,
  databaseUrl: string,
  baseline: Baseline,
  work: Work,
  seconds: number,
): Promise<BaselineResult> {
  await database.query(TABLES);
  const { apply, close } = await baseline.open(databaseUrl, CONNECTIONS);
  try {
    await stock(database, work, WARM_UP_REQUESTS);
    // Twice: the first opens the connections and makes the plans, and would make the next look slower than it is.
    await askAll(apply, work, WARM_UP_REQUESTS);
    await stock(database, work, WARM_UP_REQUESTS);
    const warm = await askAll(apply, work, WARM_UP_REQUESTS);
    const requests = 2 * work.skus * Math.ceil(((WARM_UP_REQUESTS / warm.seconds) * seconds) / 2 / work.skus);
    await stock(database, work, requests);
    const [cpuBefore, ownBefore] = [await postgresCpuSeconds(database), process.cpuUsage()];
    const { waitsMs, done, seconds: took } = await askAll(apply, work, requests);
    const [cpuAfter, own] = [await postgresCpuSeconds(database), process.cpuUsage(ownBefore)];
    await check(database, baseline, work, done, requests);
    return {
      name: baseline.name,
      how: baseline.how,
      requests,
      perSecond: requests / took,
      p95Ms: waitsMs.sort((a, b) => a - b)[Math.floor(requests * 0.95)] ?? Number.NaN,
      clientCpuMicros: (own.user + own.system) / requests,
      postgresCpuMicros: cpuBefore === null || cpuAfter === null ? null : ((cpuAfter - cpuBefore) / requests) * 1e6,
    };
  } finally {
    await close();
  }
}

const skuOf = (at: number, { skus }: Work): string => `baseline-${at % skus}`;
const unitsOf = ({ skus, mix }: Work, requests: number): number => (mix === 'lives' ? requests : Math.floor(requests / skus / 2));

async function stock(database: pg.ClientBase, work: Work, requests: number): Promise<void> {
  await database.query('truncate baseline_stock, baseline_reservations');
  await database.query(`insert into baseline_stock (sku_id, total) select 'baseline-' || at, $2 from generate_series(0, $1 - 1) as at`, [
    work.skus,
    unitsOf(work, requests),
  ]);
}

type Done = Record<Ask['kind'], number>;

async function askAll(apply: OpenBaseline['apply'], work: Work, requests: number) {
  const waitsMs: number[] = [];
  const done: Done = { reserve: 0, confirm: 0, cancel: 0 };
  const open: Ask[] = [];
  let asked = 0;
  const next = (): Ask => {
    const at = asked++;
    const turn = at % 10;
    if (work.mix === 'lives' && turn >= 7 && open.length >= LIFE_REQUESTS)
      return { ...(open.shift() as Ask), kind: turn < 9 ? 'confirm' : 'cancel' };
    return { kind: 'reserve', skuId: skuOf(at, work), reservationId: randomUUID(), buyer: `buyer-${at}` };
  };
  const startedAt = performance.now();
  const client = async (): Promise<void> => {
    while (asked < requests) {
      const ask = next();
      const askedAt = performance.now();
      if (await apply(ask)) {
        done[ask.kind] += 1;
        if (ask.kind === 'reserve' && work.mix === 'lives') open.push(ask);
      }
      waitsMs.push(performance.now() - askedAt);
    }
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, client));
  return { waitsMs, done, seconds: (performance.now() - startedAt) / 1000 };
}

/** A baseline that sold wrongly would be no measure. */
async function check(database: pg.ClientBase, { name }: Baseline, work: Work, done: Done, requests: number): Promise<void> {
  const { rows } = await database.query<{ reserved: number; confirmed: number; noted: number }>(
    `select sum(reserved)::int as reserved, sum(confirmed)::int as confirmed, (select count(*)::int from baseline_reservations) as noted
     from baseline_stock`,
  );
  const { reserved, confirmed, noted } = rows[0] ?? { reserved: Number.NaN, confirmed: Number.NaN, noted: Number.NaN };
  const isAllSold = work.mix === 'lives' || done.reserve === unitsOf(work, requests) * work.skus;
  const isCounted = reserved === done.reserve - done.confirm - done.cancel && confirmed === done.confirm;
  if (isAllSold && isCounted && (noted === done.reserve || noted === 0)) return;
  throw new Error(`${name} says ${JSON.stringify(done)}; ${reserved} reserved and ${confirmed} confirmed are counted, ${noted} noted`);
}
