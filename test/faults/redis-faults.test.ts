import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { say } from '../../infra/local/say.mjs';
import { seededRandom } from '../../loadtest/demo/buyers.js';
import type { Member } from '../../loadtest/stand/members.js';
import { PARTITIONS } from '../../loadtest/stand/service.js';
import { skusIn } from '../support/commands.js';
import { eventually } from '../support/eventually.js';
import { OwnServer } from './own-servers.js';
import { longestPause } from './pauses.js';
import { type RedisLink, redisLink } from './redis-link.js';
import { often, seed } from './repetitions.js';
import { type Carried, SaleLoad } from './sale-load.js';
import { settled } from './settled.js';
import { Stand } from './stand.js';

/** Redis forgets, hangs and dies in mid-sale: it holds hints, so nothing is wrong without it, and nothing stays wrong with it (I8). */
const TIMES = often(1, 10);
const LOST_ANSWERS = often(6, 60);
/** A hint may outlive the truth by so much. */
const HINT_MS = 2_000;
const PAUSE_LIMIT_MS = 10_000;
const random = seededRandom(seed);
const [SCARCE = ''] = skusIn(0, PARTITIONS, 'scarce', 1);

let own: OwnServer;
let link: RedisLink;
let redis: Redis;
let stand: Stand;
let apis: readonly Member[];
let load: SaleLoad;

beforeAll(async () => {
  own = await OwnServer.redis();
  redis = new Redis(own.url);
  // It is away when the test wants it so.
  redis.on('error', () => undefined);
  link = await redisLink(own.url);
  stand = await Stand.open('redis', { FLASHSALE_REDIS_URL: link.url }, { redisUrl: own.url });
  apis = await Promise.all(['api-1', 'api-2'].map((name) => stand.start(name, 'api')));
  await Promise.all(['writer-1', 'writer-2'].map((name) => stand.start(name, 'writer')));
  await stand.ready();
  load = await SaleLoad.open(
    stand,
    apis.map(({ baseUrl }) => baseUrl),
    seededRandom(seed + 1),
  );
  await load.client().open(SCARCE, 1, { holdSeconds: 3_600 });
}, 120_000);

afterAll(async () => {
  await load?.close();
  await stand?.close();
  redis?.disconnect();
  await link?.close();
  await own?.stop();
}, 60_000);

async function breakersOpen(): Promise<number> {
  const texts = await Promise.all(apis.map(async ({ metricsUrl }) => (await fetch(metricsUrl)).text()));
  return texts.filter((text) => /^flashsale_breaker_open\{[^}]*\} 1$/m.test(text)).length;
}

const bothBreakers = (open: boolean): Promise<unknown> => eventually(async () => (await breakersOpen()) === (open ? apis.length : 0));

/** Sells the last unit, and then some more: the hint says so at both doors. */
async function sellOut(): Promise<void> {
  await eventually(async () => {
    const { status, body } = await load.client().reserve({ sku: SCARCE, user: 'anybody' });
    return status === 409 && body.code === 'SOLD_OUT' && body.reservationStatus === undefined;
  });
}

async function addUnit(): Promise<void> {
  const { status } = await load.client().adjust(SCARCE, 1);
  expect([200, 202]).toContain(status);
}

/** There is a unit: within the life of a hint somebody gets it, whatever was lost of the word of it. @returns when, in milliseconds */
async function sold(): Promise<number> {
  const from = Date.now();
  for (;;) {
    const sentAt = Date.now();
    const { status, body } = await load.client().reserve({ sku: SCARCE, user: 'anybody', wait: 5 });
    if (status === 201) return Date.now() - from;
    if (sentAt > from + HINT_MS) throw new Error(`there was a unit for ${sentAt - from} ms: ${status} ${JSON.stringify(body)}`);
    await sleep(20);
  }
}

/** Nobody was told anything wrong, everything accepted is decided, and every process is told to know it. */
async function expectWhole({ span, asked, read }: Carried, what: string): Promise<void> {
  await settled(stand);
  const pause = await longestPause(stand.sql, Array.from({ length: PARTITIONS }).keys(), span);
  const answers = { ...asked.tally() };
  say(
    `redis, ${what}: buyers ${JSON.stringify(answers)}, questions ${JSON.stringify(read.tally())}, ` +
      `longest pause of decisions ${(pause / 1_000).toFixed(1)} s (FAULT_SEED=${seed})`,
  );
  // Of what is never sold out nobody may be told so, and nobody waits for Redis: all goes to the log.
  expect(Object.keys(answers)).toEqual(['202']);
  expect(Object.keys(read.tally()).filter((kind) => !/^(200|503 STATUS_UNKNOWN)$/.test(kind))).toEqual([]);
  expect(await stand.faults(load.accepted)).toEqual({});
  expect(pause).toBeLessThan(PAUSE_LIMIT_MS);
  const told = await Promise.all(load.promised.map(async (id) => [id, (await load.client().reservation(id)).body.status]));
  const { rows } = await stand.sql.query<{ id: string; status: string }>('select reservation_id as id, status from reservations');
  const decided = new Map(rows.map(({ id, status }) => [id, status]));
  expect(told.filter(([id, status]) => status !== decided.get(id as string))).toEqual([]);
}

test(
  `it forgets everything ${4 * TIMES} times, the scripts too, seed ${seed}`,
  async () => {
    let longest = 0;
    const carried = await load.during(async () => {
      for (let n = 0; n < 4 * TIMES; n += 1) {
        await sellOut();
        await redis.flushall();
        if (n % 2 === 0) await redis.script('FLUSH');
        await addUnit();
        longest = Math.max(longest, await sold());
        await sleep(random() * 300);
      }
    });
    await expectWhole(carried, `flushed ${4 * TIMES} times, a new unit sold after at most ${longest} ms`);
  },
  60_000 + TIMES * 20_000,
);

/** Half of what it holds goes at once, and something for everything that is written after that; or it takes nothing in. */
async function fill(evicts: boolean): Promise<void> {
  const info = await redis.info('memory');
  const [used, held] = ['used_memory', 'used_memory_dataset'].map((name) => Number(new RegExp(`^${name}:(\\d+)`, 'm').exec(info)?.[1]));
  await redis.config('SET', 'maxmemory-policy', evicts ? 'allkeys-random' : 'noeviction');
  await redis.config('SET', 'maxmemory', evicts ? String((used ?? 0) - Math.floor((held ?? 0) / 2)) : '1');
}

test(
  `it is full ${4 * TIMES} times: it evicts, or refuses every write, seed ${seed}`,
  async () => {
    let longest = 0;
    const carried = await load.during(async () => {
      for (let n = 0; n < 4 * TIMES; n += 1) {
        await sellOut();
        await fill(n % 2 === 0);
        await addUnit();
        longest = Math.max(longest, await sold());
        await sleep(random() * 1_000);
        await redis.config('SET', 'maxmemory', '0');
        await bothBreakers(false);
      }
    });
    const evicted = Number(/^evicted_keys:(\d+)/m.exec(await redis.info('stats'))?.[1]);
    await expectWhole(carried, `full ${4 * TIMES} times, ${evicted} keys evicted, a new unit sold after at most ${longest} ms`);
    expect(evicted).toBeGreaterThan(0);
  },
  60_000 + TIMES * 30_000,
);

test(
  `${LOST_ANSWERS} times it does as it was asked, and the answer is lost, seed ${seed}`,
  async () => {
    let longest = 0;
    const carried = await load.during(async () => {
      for (let n = 0; n < LOST_ANSWERS; n += 1) {
        await sellOut();
        await (n % 2 === 0 ? link.cutNextAnswer() : link.swallowNextAnswer());
        await addUnit();
        longest = Math.max(longest, await sold());
        await sleep(random() * 300);
        await bothBreakers(false);
      }
    });
    await expectWhole(carried, `${LOST_ANSWERS} answers lost, a new unit sold after at most ${longest} ms`);
  },
  60_000 + LOST_ANSWERS * 10_000,
);

test(
  `it hangs for seconds ${TIMES} times, seed ${seed}`,
  async () => {
    let longest = 0;
    const carried = await load.during(async () => {
      for (let n = 0; n < TIMES; n += 1) {
        await sellOut();
        own.signal('SIGSTOP');
        try {
          await bothBreakers(true);
          await addUnit();
          longest = Math.max(longest, await sold());
          // By then every connection is given up, and the word of what follows is lost: the hint of before is there again afterwards.
          await sleep(HINT_MS + random() * 1_000);
          await addUnit();
        } finally {
          own.signal('SIGCONT');
        }
        await bothBreakers(false);
        longest = Math.max(longest, await sold());
        await sellOut();
      }
    });
    await expectWhole(carried, `hung ${TIMES} times, a new unit sold after at most ${longest} ms`);
  },
  60_000 + TIMES * 20_000,
);

test(
  `it is killed ${TIMES} times and comes back empty, seed ${seed}`,
  async () => {
    let longest = 0;
    const carried = await load.during(async () => {
      for (let n = 0; n < TIMES; n += 1) {
        await sellOut();
        await own.kill('SIGKILL');
        await addUnit();
        longest = Math.max(longest, await sold());
        await bothBreakers(true);
        await own.restart();
        await bothBreakers(false);
        await sellOut();
      }
    });
    await expectWhole(carried, `killed ${TIMES} times, a new unit sold after at most ${longest} ms`);
  },
  60_000 + TIMES * 20_000,
);
