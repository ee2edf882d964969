import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type pg from 'pg';
import { postgresCpuSeconds } from '../bench/postgres-cpu.js';
import { type Baseline, type OpenBaseline, SKU } from './baseline.js';

const CONNECTIONS = 32;
const WARM_UP_REQUESTS = 500;

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
 * How many requests for one SKU are decided a second by as many clients as there are connections, each with its next request at once. As
 * many as the warm-up serves in so many seconds; half of them are served and half sold out, as in the drain.
 * @throws where it has sold other than it says
 */
export async function runBaseline(
  database: pg.ClientBase,
  databaseUrl: string,
  baseline: Baseline,
  seconds: number,
): Promise<BaselineResult> {
  await database.query(TABLES);
  const { reserve, close } = await baseline.open(databaseUrl, CONNECTIONS);
  try {
    await stock(database, WARM_UP_REQUESTS);
    const warm = await askAll(reserve, WARM_UP_REQUESTS);
    const requests = 2 * Math.ceil(((WARM_UP_REQUESTS / warm.seconds) * seconds) / 2);
    await stock(database, requests / 2);
    const [cpuBefore, ownBefore] = [await postgresCpuSeconds(database), process.cpuUsage()];
    const { waitsMs, sold, seconds: took } = await askAll(reserve, requests);
    const [cpuAfter, own] = [await postgresCpuSeconds(database), process.cpuUsage(ownBefore)];
    await check(database, baseline, sold, requests / 2);
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

async function stock(database: pg.ClientBase, total: number): Promise<void> {
  await database.query('truncate baseline_stock, baseline_reservations');
  await database.query('insert into baseline_stock (sku_id, total) values ($1, $2)', [SKU, total]);
}

async function askAll(reserve: OpenBaseline['reserve'], requests: number) {
  const waitsMs: number[] = [];
  let [asked, sold] = [0, 0];
  const startedAt = performance.now();
  const client = async (): Promise<void> => {
    while (asked < requests) {
      asked += 1;
      const askedAt = performance.now();
      if (await reserve({ reservationId: randomUUID(), buyer: `buyer-${asked}` })) sold += 1;
      waitsMs.push(performance.now() - askedAt);
    }
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, client));
  return { waitsMs, sold, seconds: (performance.now() - startedAt) / 1000 };
}

/** A baseline that sold wrongly would be no measure. */
async function check(database: pg.ClientBase, { name }: Baseline, sold: number, units: number): Promise<void> {
  const { rows } = await database.query<{ reserved: number; noted: number }>(
    'select reserved, (select count(*)::int from baseline_reservations) as noted from baseline_stock',
  );
  const { reserved, noted } = rows[0] ?? { reserved: Number.NaN, noted: Number.NaN };
  if (sold === units && reserved === units && (noted === units || noted === 0)) return;
  throw new Error(`${name} of ${units} units: ${sold} sold as it says, ${reserved} counted, ${noted} noted`);
}
