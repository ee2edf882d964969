import { setTimeout as sleep } from 'node:timers/promises';
import { say } from '../../infra/local/say.mjs';
import { seededRandom } from '../../loadtest/demo/buyers.js';
import { withAdmin } from '../../loadtest/stand/kafka-admin.js';
import type { Member } from '../../loadtest/stand/members.js';
import { PARTITIONS } from '../../loadtest/stand/service.js';
import { COMMAND_VERSION, type ReserveCommand } from '../../src/domain/command.js';
import { reserve, skusIn } from '../support/commands.js';
import { eventually } from '../support/eventually.js';
import { OutsideConsumer } from './outside-consumer.js';
import { longestPause } from './pauses.js';
import { type RawMessage, RawTopic, rawMessage } from './raw-topic.js';
import { often, seed } from './repetitions.js';
import { FED_SKUS, SaleLoad } from './sale-load.js';
import { lastSequences, settled } from './settled.js';
import { Stand, signalled } from './stand.js';
import { compareTold } from './told.js';

/** Poison among good records, while writers are killed over it: a dead letter each, and nobody beside it waits or is lost (I9, I12). */
const ROUNDS = often(3, 30);
/** A writer dies in each round, so that poison is read again by another one. */
const PAUSE_LIMIT_MS = 15_000;
/** Of a value: enough to tell it by its ids. */
const LOOK_BYTES = 120;
const random = seededRandom(seed);

let stand: Stand;
let raw: RawTopic;
let outside: OutsideConsumer;
let letters: OutsideConsumer;
let load: SaleLoad;
let writers: Member[];

beforeAll(async () => {
  stand = await Stand.open('poison', { FLASHSALE_SESSION_TIMEOUT_MS: '1000', FLASHSALE_HEARTBEAT_MS: '200' });
  const api = await stand.start('api', 'api');
  writers = await Promise.all([stand.start('writer-0', 'writer'), stand.start('writer-1', 'writer')]);
  await stand.ready();
  raw = await RawTopic.open(stand.place);
  load = await SaleLoad.open(stand, [api.baseUrl], seededRandom(seed + 1));
  outside = await OutsideConsumer.start(stand.place, `${stand.place.topic}-events`);
  letters = await OutsideConsumer.start(stand.place, `${stand.place.topic}-dlq`);
}, 120_000);

afterAll(async () => {
  await load?.close();
  await raw?.close();
  await outside?.close();
  await letters?.close();
  await stand?.close();
}, 60_000);

interface Poison {
  readonly message: RawMessage;
  readonly reason: string;
}

/** Each kind once in this partition, in any order. */
function poisonFor(partition: number, round: number): Poison[] {
  const sku = FED_SKUS[partition] as string;
  const [neighbour = ''] = skusIn(partition, PARTITIONS, 'neighbour', 1);
  const [elsewhere = ''] = skusIn((partition + 1) % PARTITIONS, PARTITIONS, 'elsewhere', 1);
  const command = (of = sku): ReserveCommand => reserve({ sku: of, user: `poison-${round}-${partition}` });
  const text = (change: object): string => JSON.stringify({ version: COMMAND_VERSION, ...command(), ...change });
  const at = (value: string | null, reason: string, key: string | null = sku): Poison => ({ message: { partition, key, value }, reason });
  const poison: Poison[] = [
    at(`{"round": ${round},`, 'INVALID_JSON'),
    at(null, 'TOMBSTONE'),
    at(text({}), 'WRONG_KEY', neighbour),
    at(text({}), 'WRONG_KEY', null),
    { message: { ...rawMessage(command(elsewhere)), partition }, reason: 'WRONG_PARTITION' },
    at(text({ version: COMMAND_VERSION + 1 }), 'UNKNOWN_VERSION'),
    at(text({ type: 'conjure' }), 'UNKNOWN_TYPE'),
    at(text({ quantity: 1.5 }), 'INVALID_COMMAND'),
  ];
  // One megabyte in one partition a round: ten at once are a test of the network.
  if (partition === round % PARTITIONS) poison.push(at(`{"round": ${round}, "of": "${'x'.repeat(1_000_000)}`, 'INVALID_JSON'));
  return shuffled(poison);
}

function shuffled<T>(items: readonly T[]): T[] {
  const all = items.map((item) => ({ item, order: random() }));
  return all.sort((a, b) => a.order - b.order).map(({ item }) => item);
}

/** Good requests between the bad ones, in the same append: they lie side by side. */
async function appendAmong(poison: readonly Poison[], partition: number, round: number): Promise<void> {
  const messages = poison.flatMap(({ message }, n) => {
    const good = reserve({ sku: FED_SKUS[partition] as string, user: `neighbour-${round}-${partition}-${n}` });
    load.accepted.add(good.reservationId);
    return [message, rawMessage(good)];
  });
  // Not in one request with the megabyte: a broker takes no more than that.
  for (const message of messages) if ((message.value?.length ?? 0) > 500_000) await raw.append([message]);
  await raw.append(messages.filter(({ value }) => (value?.length ?? 0) <= 500_000));
}

const inWords = ({ partition, key, value }: RawMessage, reason: string): string =>
  `${partition} ${key} ${reason} ${value?.length ?? 'no'} bytes ${value?.slice(0, LOOK_BYTES)}`;

test(
  `${ROUNDS} rounds of every poison in every partition, seed ${seed}: set aside once each, its neighbours decided`,
  async () => {
    const added: string[] = [];
    const carried = await load.during(async () => {
      for (let round = 0; round < ROUNDS; round += 1) {
        await Promise.all(
          FED_SKUS.map(async (_, partition) => {
            const poison = poisonFor(partition, round);
            added.push(...poison.map(({ message, reason }) => inWords(message, reason)));
            await appendAmong(poison, partition, round);
          }),
        );
        await sleep(random() * 100);
        const at = round % writers.length;
        await signalled(writers[at] as Member, 'SIGKILL');
        writers[at] = await stand.start(`writer-${at}`, 'writer');
        await stand.ready();
      }
    });
    await settled(stand);

    const { rows } = await stand.sql.query<{ partition: number; key: Buffer | null; value: Buffer | null; reason: string }>(
      'select partition, key, value, reason from dead_letters',
    );
    const text = (bytes: Buffer | null): string | null => bytes?.toString() ?? null;
    const kept = rows.map(({ partition, key, value, reason }) => inWords({ partition, key: text(key), value: text(value) }, reason));
    expect(kept.sort()).toEqual(added.sort());

    const ends = await withAdmin(stand.place, (admin) => admin.fetchTopicOffsets(stand.place.topic));
    const records = ends.reduce((sum, { high }) => sum + Number(high), 0);
    const decided = await stand.decided();
    const pause = await longestPause(stand.sql, FED_SKUS.keys(), carried.span);
    say(
      `poison: ${records} records = ${decided} decisions + ${kept.length} dead letters, ${ROUNDS} writers killed, ` +
        `longest pause of decisions ${(pause / 1_000).toFixed(1)} s (FAULT_SEED=${seed})`,
    );
    expect(decided + kept.length).toBe(records);
    expect(await stand.faults(load.accepted)).toEqual({});
    await outside.caughtUp();
    expect(compareTold(outside.told, await lastSequences(stand.sql)).faults).toEqual([]);
    expect(Object.keys(carried.asked.tally())).toEqual(['202']);
    expect(pause).toBeLessThan(PAUSE_LIMIT_MS);

    // Told to others too, once at least.
    await eventually(async () => (await stand.sql.query('select from dead_letters where published_at is null')).rowCount === 0);
    await letters.caughtUp();
    const told = new Set(letters.told.map(({ key, value }) => `${key} ${value}`));
    const untold = rows.filter(({ key, value }) => !told.has(`${text(key)} ${text(value)}`));
    expect(untold.map(({ reason, key }) => `${reason} ${text(key)}`)).toEqual([]);
  },
  120_000 + ROUNDS * 20_000,
);
