import { setTimeout as wait } from 'node:timers/promises';
import { Option } from 'commander';
import type { SkuId } from '../../src/domain/ids.js';
import { wholeNumber } from '../stand/command-line.js';
import { assertRunning } from '../stand/members.js';
import type { Servers } from '../stand/servers.js';
import type { Bench, Findings } from './bench.js';
import { createSkuCommand, reserveCommand } from './commands.js';
import { openFeed, startFeeder } from './feed.js';
import { bucketsOf, quantile, since } from './histogram.js';
import { count, ms, rate } from './report/units.js';
import { onStand, type Stand } from './stand.js';

const SKU = 'expiring' as SkuId;
/** Long enough for all of them to be reserved before the first is over, and for the writer to be warm. */
const HOLD_SECONDS = 15;
const WITHIN_MS = 60_000;

interface ExpiryResult {
  readonly holds: number;
  /** Of the hold whose unit came back latest, after its expiry; by the database's clock. */
  readonly latestMs: number;
  /** From the first to the last expiry. */
  readonly spreadMs: number;
  /** Of all decisions while the holds were ended, log to commit. */
  readonly decisionP95Ms: number;
}

/** How late the units of many holds that are over at the same time come back, while other requests arrive at a constant rate. */
function expiry(servers: Servers, holds: number, perSecond: number): Promise<ExpiryResult> {
  return onStand(servers, async (stand) => {
    const { member, metrics } = await stand.startWriter();
    const feed = await openFeed(stand.place);
    await feed.publish(createSkuCommand(SKU, holds, HOLD_SECONDS));
    await feed.publish(createSkuCommand('sku-0' as SkuId, 1_000_000));
    const feeder = await startFeeder(stand.place, perSecond, 1, HOLD_SECONDS + 10);
    await wait(2_000);
    await Promise.all(Array.from({ length: holds }, (_, at) => feed.publish(reserveCommand(SKU, `holder-${at}`))));
    await feed.close();
    await untilReserved(stand, (reserved) => reserved === holds);
    const { rows } = await stand.database.query<{ first: number; last: number; in_ms: number }>(`
      select (extract(epoch from max(expires_at) - min(expires_at)) * 1000)::float8 as last,
             (extract(epoch from min(expires_at) - clock_timestamp()) * 1000)::float8 as in_ms
      from reservations where sku_id = '${SKU}'`);
    await wait(Math.max(0, (rows[0]?.in_ms ?? 0) - 100));
    const before = await metrics();
    await untilReserved(stand, (reserved) => reserved === 0);
    const after = await metrics();
    assertRunning([member]);
    const latestMs = await latest(stand);
    const { code } = await feeder.exited;
    if (code !== 0) throw new Error(`the feeding process ended with code ${code}`);
    const observed = since(bucketsOf(before, 'flashsale_decision_latency_seconds'), bucketsOf(after, 'flashsale_decision_latency_seconds'));
    return { holds, latestMs, spreadMs: rows[0]?.last ?? Number.NaN, decisionP95Ms: quantile(0.95, observed) * 1000 };
  });
}

async function untilReserved({ database }: Stand, isSo: (reserved: number) => boolean): Promise<void> {
  const deadline = performance.now() + WITHIN_MS;
  for (;;) {
    const { rows } = await database.query<{ reserved: number }>('select reserved from stock where sku_id = $1', [SKU]);
    if (rows[0] !== undefined && isSo(rows[0].reserved)) return;
    if (performance.now() > deadline) throw new Error(`${rows[0]?.reserved} units are reserved after ${WITHIN_MS / 1000} s`);
    await wait(20);
  }
}

async function latest({ database }: Stand): Promise<number> {
  const { rows } = await database.query<{ late: number }>(
    `select max(extract(epoch from l.decided_at - r.expires_at) * 1000)::float8 as late
     from ledger l, string_to_table(l.decisions, E'\\n') as line, reservations r
     where l.sku_id = $1 and line::json ->> 3 = 'EXPIRED' and r.reservation_id = (line::json ->> 5)::uuid`,
    [SKU],
  );
  return rows[0]?.late ?? Number.NaN;
}

export const expiryBench: Bench<{ readonly holds: number; readonly rate: number }> = {
  name: 'expiry',
  description: 'many holds that are over in the same second, while other requests arrive',
  options: [
    new Option('--holds <n>', 'holds').default(10_000).argParser(wholeNumber(1, 1_000_000)),
    new Option('--rate <n>', 'other requests a second').default(2_000).argParser(wholeNumber(1, 1_000_000)),
  ],
  quick: { holds: 500, rate: 200 },
  async run(servers, { holds, rate: perSecond }): Promise<Findings> {
    const { latestMs, spreadMs, decisionP95Ms } = await expiry(servers, holds, perSecond);
    return {
      how: `${count(holds)} holds of one SKU that are over within ${ms(spreadMs)}, beside ${rate(perSecond)} requests for another.`,
      tables: [],
      lastLine: `expiry: the last unit came back ${ms(latestMs)} after its hold was over, decisions p95 ${ms(decisionP95Ms)}`,
    };
  },
};
