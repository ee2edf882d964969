import { setTimeout as sleep } from 'node:timers/promises';
import { say } from '../../infra/local/say.mjs';
import { seededRandom } from '../../loadtest/demo/buyers.js';
import { PARTITIONS } from '../../loadtest/stand/service.js';
import { Client, type Reply } from '../support/client.js';
import { skusIn } from '../support/commands.js';
import { eventually } from '../support/eventually.js';
import { OutsideConsumer } from './outside-consumer.js';
import { often, seed } from './repetitions.js';
import { lastSequences, settled } from './settled.js';
import { Stand } from './stand.js';
import { compareTold } from './told.js';

/** Confirm, cancel and the end of the hold race on one reservation, through three doors: one of them wins, and its unit comes back once (I1, I2). */
const RACES = often(300, 4_000);
const APIS = 3;
const HOLD_SECONDS = 3;
/** Commands are sent from so long before the end of the hold to so long after it. */
const AROUND_MS = 1_000;
/** Reservations whose races run at the same time. */
const AT_ONCE = 100;
const ENDS = ['CONFIRMED', 'CANCELLED', 'EXPIRED'] as const;
const random = seededRandom(seed);
const skus = Array.from({ length: PARTITIONS }, (_, partition) => skusIn(partition, PARTITIONS, 'sku', 1)[0] as string);

let stand: Stand;
let outside: OutsideConsumer;
let clients: readonly Client[] = [];
const accepted = new Set<string>();

beforeAll(async () => {
  stand = await Stand.open('racing-ends');
  const apis = await Promise.all(Array.from({ length: APIS }, (_, n) => stand.start(`api-${n}`, 'api')));
  await Promise.all(['writer-1', 'writer-2'].map((name) => stand.start(name, 'writer')));
  await stand.ready();
  const apiKey = await stand.apiKey();
  clients = apis.map(({ baseUrl }) => new Client({ url: baseUrl, apiKey, onAccepted: (id) => accepted.add(id) }));
  outside = await OutsideConsumer.start(stand.place, `${stand.place.topic}-events`);
}, 120_000);

afterAll(async () => {
  await Promise.all(clients.map((client) => client.close()));
  await outside?.close();
  await stand?.close();
}, 60_000);

interface Race {
  readonly id: string;
  readonly replies: readonly Reply[];
}

/** All that can end a hold, each from another door, at moments round the end of the hold; two buyers' clicks and two payments among them. */
async function race(n: number): Promise<Race> {
  const at = (door: number): Client => clients[(n + door) % APIS] as Client;
  const { reservationId: id, expiresAt } = await at(0).hold({ sku: skus[n % skus.length] as string, user: `buyer-${n}` });
  const over = Date.parse(String(expiresAt));
  const send = async (door: number, what: 'confirm' | 'cancel', change: object, moment: number): Promise<Reply> => {
    await sleep(Math.max(0, moment - Date.now()));
    return at(door).change(id, what, change, { prefer: 'wait=10' });
  };
  // Close together for half of them, so that they meet in one chunk of the writer.
  const spread = n % 2 === 0 ? 5 : 500;
  // Rather before it than after: an answer takes its time, on a busy machine the more.
  const from = over + (1.2 * random() - 1) * AROUND_MS - spread;
  const moment = (): number => from + random() * spread;
  const replies = await Promise.all([
    send(1, 'confirm', { paymentReference: `pi-${n}` }, moment()),
    send(2, 'cancel', {}, moment()),
    send(0, 'confirm', { paymentReference: `other-${n}` }, moment()),
    send(1, 'cancel', {}, moment()),
  ]);
  return { id, replies };
}

/** What each of the answers says the reservation is now; they name it in two ways. */
const endIn = ({ body }: Reply): unknown => body.currentStatus ?? body.status;

/** What is wrong with the answers, given how the reservation stands in the database. */
function faultsOf({ id, replies }: Race, end: string, payment: string | null): string[] {
  const faults = replies.filter((reply) => endIn(reply) !== end).map((reply) => `${id} is ${end}, told ${reply.status} ${endIn(reply)}`);
  const [pay = null, cancel = null, otherPay = null, otherCancel = null] = replies;
  const done = (reply: Reply | null): boolean => reply?.status === 200;
  const confirms = [pay, otherPay].filter(done);
  const cancels = [cancel, otherCancel].filter(done);
  // A repeated cancel is told that it is done; of two payments one is.
  if (confirms.length !== (end === 'CONFIRMED' ? 1 : 0)) faults.push(`${id} is ${end}, ${confirms.length} confirms are told they did it`);
  if (cancels.length !== (end === 'CANCELLED' ? 2 : 0)) faults.push(`${id} is ${end}, ${cancels.length} cancels are told they did it`);
  const firsts = [...confirms, ...cancels].filter((reply) => reply?.headers['idempotent-replayed'] === undefined);
  if (firsts.length !== (end === 'EXPIRED' ? 0 : 1)) faults.push(`${id} is ${end}, ${firsts.length} are told they were the first`);
  if (confirms.some((reply) => reply?.body.paymentReference !== payment)) faults.push(`${id} was paid by ${payment}, another is told`);
  return faults;
}

test(
  `${RACES} reservations, seed ${seed}: one end each, the answers agree with it, and what comes back is sold once more`,
  async () => {
    const total = RACES / PARTITIONS;
    await Promise.all(skus.map((sku) => (clients[0] as Client).open(sku, total, { holdSeconds: HOLD_SECONDS })));
    const races: Race[] = [];
    let next = 0;
    const lane = async (): Promise<void> => {
      for (let n = next++; n < RACES; n = next++) races.push(await race(n));
    };
    await Promise.all(Array.from({ length: AT_ONCE }, lane));
    await settled(stand);

    const { rows } = await stand.sql.query<{ id: string; status: (typeof ENDS)[number]; payment: string | null }>(
      'select reservation_id as id, status, payment_reference as payment from reservations',
    );
    const byId = new Map(rows.map((row) => [row.id, row]));
    const faults = races.flatMap((each) => faultsOf(each, byId.get(each.id)?.status ?? 'nothing', byId.get(each.id)?.payment ?? null));
    const ends = Object.fromEntries(ENDS.map((end) => [end, rows.filter(({ status }) => status === end).length]));
    say(`racing-ends: ${RACES} reservations, ${JSON.stringify(ends)} (FAULT_SEED=${seed})`);
    expect(faults).toEqual([]);
    // One that never wins has not raced.
    for (const end of ENDS) expect(ends[end]).toBeGreaterThan(RACES / 50);

    // Every unit that came back, and not one more, is somebody's then, and stays so.
    for (const sku of skus) expect(await (clients[0] as Client).putSku(sku, { holdSeconds: 3_600 }, '"1"')).toMatchObject({ status: 200 });
    const sold = await Promise.all(
      skus.map(async (sku) => {
        const late = await Promise.all(
          Array.from({ length: total }, (_, n) =>
            eventually(async () => {
              const reply = await (clients[n % APIS] as Client).reserve({ sku, user: `late-${n}`, wait: 10 });
              // The door's word may be as old as a hint; the writer's is the truth.
              return reply.status === 201 || reply.body.reservationStatus !== undefined ? reply.status : false;
            }),
          ),
        );
        return late.filter((status) => status === 201).length;
      }),
    );
    expect(sold.reduce((sum, count) => sum + count, 0)).toBe(RACES - (ends.CONFIRMED ?? 0));
    await settled(stand);
    expect(await stand.faults(accepted)).toEqual({});
    await outside.caughtUp();
    expect(compareTold(outside.told, await lastSequences(stand.sql)).faults).toEqual([]);
  },
  120_000 + RACES * 30,
);
