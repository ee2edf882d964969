import { setTimeout as sleep } from 'node:timers/promises';
import { say } from '../../infra/local/say.mjs';
import { seededRandom } from '../../loadtest/demo/buyers.js';
import type { Member } from '../../loadtest/stand/members.js';
import { PARTITIONS } from '../../loadtest/stand/service.js';
import { skusIn } from '../support/commands.js';
import { EndlessSale } from './endless-sale.js';
import { OutsideConsumer } from './outside-consumer.js';
import { RawTopic, rawMessage } from './raw-topic.js';
import { often, seed } from './repetitions.js';
import { SaleLoad } from './sale-load.js';
import { lastSequences, settled } from './settled.js';
import { Stand } from './stand.js';
import { SteadyFeed } from './steady-feed.js';
import { compareTold } from './told.js';
import { endWriters, setGroupOffsets } from './writers-away.js';

/** The whole log read again and again while a sale goes on, and old records that come again in any order: they change nothing (I4). */
const REPLAYS = often(3, 20);
const OLD_COMMANDS = 1_000;
const random = seededRandom(seed);
/** Of a sale that is over: whatever happens to them from then on is a fault. */
const OLD_SKUS = Array.from({ length: PARTITIONS }, (_, partition) => skusIn(partition, PARTITIONS, 'old', 1)[0] as string);

let stand: Stand;
let raw: RawTopic;
let outside: OutsideConsumer;
let load: SaleLoad;
let writers: Member[];

beforeAll(async () => {
  stand = await Stand.open('replayed-log', { FLASHSALE_SESSION_TIMEOUT_MS: '1000', FLASHSALE_HEARTBEAT_MS: '200' });
  const api = await stand.start('api', 'api');
  await startWriters();
  raw = await RawTopic.open(stand.place);
  load = await SaleLoad.open(stand, [api.baseUrl], seededRandom(seed + 1));
  outside = await OutsideConsumer.start(stand.place, `${stand.place.topic}-events`);
}, 120_000);

afterAll(async () => {
  await load?.close();
  await raw?.close();
  await outside?.close();
  await stand?.close();
}, 60_000);

async function startWriters(): Promise<void> {
  writers = await Promise.all(['writer-1', 'writer-2'].map((name) => stand.start(name, 'writer')));
  await stand.ready();
}

/** What the old sale has left behind, to the byte. */
async function oldTruth(upTo: ReadonlyMap<string, number>): Promise<unknown[]> {
  const statements = [
    'select sku_id, total, reserved, confirmed, state, version from stock where sku_id = any($1) order by sku_id',
    'select * from reservations where sku_id = any($1) order by reservation_id',
    'select * from operator_log where sku_id = any($1) order by command_id',
  ];
  const found: unknown[] = [];
  for (const text of statements) found.push((await stand.sql.query(text, [OLD_SKUS])).rows);
  const ledger = await stand.sql.query<{ sku_id: string; last_sequence: string }>(
    'select * from ledger where sku_id = any($1) order by sku_id, first_sequence',
    [OLD_SKUS],
  );
  return [...found, ledger.rows.filter(({ sku_id, last_sequence }) => Number(last_sequence) <= (upTo.get(sku_id) ?? 0))];
}

/** From the first record, as after an operator's hand on positions and group. */
async function readAllAgain(): Promise<void> {
  await endWriters(stand, writers, random() < 0.5 ? ['SIGKILL', 'SIGTERM'] : ['SIGTERM', 'SIGKILL']);
  await setGroupOffsets(stand, PARTITIONS, '0');
  await stand.sql.query('update partitions set next_offset = 0, fingerprint = null');
  await startWriters();
}

test(
  `${REPLAYS} replays, seed ${seed}: of the sale that was over not a byte changes, and of the one that goes on nothing is lost`,
  async () => {
    const sale = new EndlessSale(OLD_SKUS, random);
    const old = [...sale.opening(), ...Array.from({ length: OLD_COMMANDS }, sale.next)];
    const feed = await SteadyFeed.open(stand.place);
    for (let at = 0; at < old.length; at += 100) await feed.publish(old.slice(at, at + 100));
    await feed.close();
    await settled(stand);
    const ends = await lastSequences(stand.sql);
    const before = await oldTruth(ends);

    const repeated = old.map((command) => ({ message: rawMessage(command), order: random() })).sort((a, b) => a.order - b.order);
    let repeats = 0;
    await load.during(async () => {
      for (let n = 0; n < REPLAYS; n += 1) {
        // Before the position goes back, and while what lies before it is read again.
        await raw.append(repeated.slice(0, repeated.length / 2).map(({ message }) => message));
        await readAllAgain();
        await raw.append(repeated.slice(repeated.length / 2).map(({ message }) => message));
        repeats += repeated.length;
        await sleep(random() * 500);
      }
    });
    await settled(stand);
    await outside.caughtUp();
    const after = await lastSequences(stand.sql);
    const { faults } = compareTold(outside.told, after);
    const decidedAgain = OLD_SKUS.reduce((sum, sku) => sum + (after.get(sku) ?? 0) - (ends.get(sku) ?? 0), 0);
    say(`replayed-log: ${REPLAYS} times from the first record on, ${repeats} old records appended again (FAULT_SEED=${seed})`);
    expect(await oldTruth(ends)).toEqual(before);
    // Each repeat above its watermark has its number; what was read again below it has none.
    expect(decidedAgain).toBe(repeats);
    expect(faults).toEqual([]);
    for (const id of feed.accepted) load.accepted.add(id);
    expect(await stand.faults(load.accepted)).toEqual({});
  },
  120_000 + REPLAYS * 30_000,
);
