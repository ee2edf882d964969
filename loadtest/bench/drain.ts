import type { Command, ReserveCommand } from '../../src/domain/command.js';
import type { SkuId } from '../../src/domain/ids.js';
import { untilDrained } from '../stand/drained.js';
import type { Servers } from '../stand/servers.js';
import { createSkuCommand, endCommand, reserveCommand } from './commands.js';
import { openFeed } from './feed.js';
import { bucketsOf, meansBy, numberOf, quantile } from './histogram.js';
import { postgresCpuSeconds } from './postgres-cpu.js';
import { onStand, type Stand } from './stand.js';

const SKU = 'drain' as SkuId;
/** Reservations that are open before the first of them ends: more than the writer remembers by heart. */
const LIFE_COMMANDS = 10_000;

/** `reserves`: half of them served, half sold out. `lives`: 70 % reserve, 20 % confirm, 10 % cancel. */
export type Mix = 'reserves' | 'lives';

export interface DrainResult {
  readonly commands: number;
  readonly perSecond: number;
  readonly batchP50Ms: number;
  readonly batchP95Ms: number;
  /** CPU microseconds a command. */
  readonly writerCpuMicros: number;
  readonly postgresCpuMicros: number | null;
  /** Mean time of the writer's statements, by their names. */
  readonly statementMs: ReadonlyMap<string, number>;
}

/**
 * How fast a full writer (ledger, announcements, positions) empties a log that was filled before it started: one SKU, every command of
 * another buyer, half of them served and half sold out. The rate is by the ledger's own times, first to last commit.
 */
export function drain(servers: Servers, commands: number, mix: Mix = 'reserves'): Promise<DrainResult> {
  return onStand(servers, async (stand) => {
    await preload(stand, commands, mix);
    const cpuBefore = await postgresCpuSeconds(stand.database);
    const { member, metrics } = await stand.startWriter();
    await untilDrained(stand.place, stand.database, [member]);
    const cpuAfter = await postgresCpuSeconds(stand.database);
    const page = await metrics();
    const latency = bucketsOf(page, 'flashsale_batch_latency_seconds');
    return {
      commands,
      perSecond: await rateByLedger(stand),
      batchP50Ms: quantile(0.5, latency) * 1000,
      batchP95Ms: quantile(0.95, latency) * 1000,
      writerCpuMicros: (numberOf(page, 'process_cpu_seconds_total') / commands) * 1e6,
      postgresCpuMicros: cpuBefore === null || cpuAfter === null ? null : ((cpuAfter - cpuBefore) / commands) * 1e6,
      statementMs: new Map(
        [...meansBy('statement', page, 'flashsale_postgres_statement_duration_seconds')].map(([name, mean]) => [name, mean * 1000]),
      ),
    };
  });
}

async function preload({ place }: Stand, commands: number, mix: Mix): Promise<void> {
  const feed = await openFeed(place);
  await feed.publish(createSkuCommand(SKU, mix === 'reserves' ? Math.floor(commands / 2) : commands));
  const make = mix === 'reserves' ? (at: number): Command => reserveCommand(SKU, `buyer-${at}`) : lives();
  const block = 20_000;
  for (let first = 0; first < commands; first += block) {
    const count = Math.min(block, commands - first);
    await Promise.all(Array.from({ length: count }, (_, at) => feed.publish(make(first + at))));
  }
  await feed.close();
}

/** Of ten commands seven reserve, two confirm and one cancels; each a reservation made some thousands of commands before. */
function lives(): (at: number) => Command {
  const open: ReserveCommand[] = [];
  return (at) => {
    const turn = at % 10;
    if (turn < 7 || open.length < LIFE_COMMANDS) {
      const made = reserveCommand(SKU, `buyer-${at}`);
      open.push(made);
      return made;
    }
    return endCommand(turn < 9 ? 'confirm' : 'cancel', open.shift() as ReserveCommand);
  };
}

/** From the second entry on: the first holds the wait for the group, and cold code. */
async function rateByLedger({ database }: Stand): Promise<number> {
  const { rows } = await database.query<{ rate: number }>(`
    select (max(last_sequence) - min(last_sequence)) / extract(epoch from max(decided_at) - min(decided_at))::float8 as rate
    from ledger where first_sequence > 1`);
  return rows[0]?.rate ?? Number.NaN;
}
