import { setTimeout as sleep } from 'node:timers/promises';
import { Kafka, logLevel } from 'kafkajs';
import { say } from '../../infra/local/say.mjs';
import { seededRandom } from '../../loadtest/demo/buyers.js';
import { withAdmin } from '../../loadtest/stand/kafka-admin.js';
import type { Member, Role } from '../../loadtest/stand/members.js';
import { partitionsOf } from '../../loadtest/stand/ownership.js';
import { PARTITIONS } from '../../loadtest/stand/service.js';
import { configure, reserve, skusIn } from '../support/commands.js';
import { eventually } from '../support/eventually.js';
import { OutsideConsumer } from './outside-consumer.js';
import { longestPause, type Span } from './pauses.js';
import { RawTopic, rawMessage } from './raw-topic.js';
import { often, seed } from './repetitions.js';
import { FED_SKUS, SaleLoad } from './sale-load.js';
import { lastSequences, settled } from './settled.js';
import { Stand } from './stand.js';
import { compareTold } from './told.js';
import { endWriters, setGroupOffsets } from './writers-away.js';

/** Where to go on is PostgreSQL's word, whatever the group says; and a log that is not the one it speaks of is not decided at all (I4, I12). */
const TIMES = often(1, 10);
const PAUSE_LIMIT_MS = 15_000;
const WRITERS = ['writer-1', 'writer-2'] as const;
/** Far beyond the end of the log: brokers take it, and tell a consumer that begins there "out of range". */
const OUT_OF_RANGE = '999999999';
const random = seededRandom(seed);

let stand: Stand;
let outside: OutsideConsumer;
let load: SaleLoad;
let writers: Member[];

beforeAll(async () => {
  stand = await Stand.open('log-identity', { FLASHSALE_SESSION_TIMEOUT_MS: '1000', FLASHSALE_HEARTBEAT_MS: '200' });
  const api = await stand.start('api', 'api');
  await startWriters();
  load = await SaleLoad.open(stand, [api.baseUrl], seededRandom(seed + 1));
  outside = await OutsideConsumer.start(stand.place, `${stand.place.topic}-events`);
}, 120_000);

afterAll(async () => {
  await load?.close();
  await outside?.close();
  await stand?.close();
}, 60_000);

async function startWriters(): Promise<void> {
  writers = await Promise.all(WRITERS.map((name) => stand.start(name, 'writer')));
  await stand.ready();
}

/** @returns for how long at most nothing was decided in a partition, in milliseconds */
async function expectWhole(what: string, span: Span): Promise<number> {
  await settled(stand);
  await outside.caughtUp();
  const pause = await longestPause(stand.sql, FED_SKUS.keys(), span);
  say(`log-identity, ${what}: longest pause of decisions ${(pause / 1_000).toFixed(1)} s (FAULT_SEED=${seed})`);
  expect(compareTold(outside.told, await lastSequences(stand.sql)).faults).toEqual([]);
  expect(await stand.faults(load.accepted)).toEqual({});
  return pause;
}

/** Another client of the group, with the right to commit for it: takes what it is given, names a wrong place for all of it, and leaves. */
async function misleadGroup(offset: string): Promise<number> {
  const { servers, topic, consumerGroup } = stand.place;
  const kafka = new Kafka({ brokers: [...servers.brokers], clientId: 'misleading', logLevel: logLevel.NOTHING });
  const consumer = kafka.consumer({ groupId: consumerGroup, sessionTimeout: 6_000, rebalanceTimeout: 6_000, heartbeatInterval: 200 });
  const joined = new Promise<readonly number[]>((resolve) => {
    consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => resolve(payload.memberAssignment[topic] ?? []));
  });
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  await consumer.run({ autoCommit: false, eachBatch: async () => undefined });
  const partitions = await joined;
  await consumer.commitOffsets(partitions.map((partition) => ({ topic, partition, offset })));
  await consumer.disconnect();
  return partitions.length;
}

test(
  `the group's offsets are wrong while it runs, ${2 * TIMES} times, seed ${seed}`,
  async () => {
    let misled = 0;
    const { span } = await load.during(async () => {
      // The brokers keep what a living group holds.
      await withAdmin(stand.place, async (admin) => {
        await expect(admin.deleteGroups([stand.place.consumerGroup])).rejects.toThrow();
      });
      for (let n = 0; n < TIMES; n += 1) {
        for (const offset of ['0', OUT_OF_RANGE]) {
          misled += await misleadGroup(offset);
          await stand.ready();
          await sleep(random() * 300);
        }
      }
    });
    expect(await expectWhole(`${misled} wrong offsets while running`, span)).toBeLessThan(PAUSE_LIMIT_MS);
    expect(misled).toBeGreaterThan(0);
  },
  60_000 + TIMES * 30_000,
);

test(
  `the group's offsets are deleted or out of range when writers start, ${2 * TIMES} times, seed ${seed}`,
  async () => {
    const { span } = await load.during(async () => {
      for (let n = 0; n < TIMES; n += 1) {
        await endWriters(stand, writers, ['SIGKILL', 'SIGTERM']);
        await withAdmin(stand.place, (admin) => admin.deleteGroups([stand.place.consumerGroup]));
        await startWriters();
        await endWriters(stand, writers, ['SIGTERM']);
        await setGroupOffsets(stand, PARTITIONS, OUT_OF_RANGE);
        await startWriters();
      }
    });
    await expectWhole('offsets deleted and out of range while stopped', span);
  },
  60_000 + TIMES * 60_000,
);

async function stoppedPartitions({ metricsUrl }: Member): Promise<number[]> {
  const text = await (await fetch(metricsUrl)).text();
  return [...text.matchAll(/^flashsale_partition_stopped\{[^}]*partition="(\d+)"[^}]*\} 1$/gm)].map(([, partition]) => Number(partition));
}

const allStopped = async (members: readonly Member[]): Promise<number[]> =>
  (await Promise.all(members.map(stoppedPartitions))).flat().sort((a, b) => a - b);

const partitions = Array.from({ length: PARTITIONS }, (_, partition) => partition);

test('a partition is added: the sale goes on where its SKUs are, and the new one is left alone', async () => {
  const { span } = await load.during(async () => {
    await withAdmin(stand.place, (admin) =>
      admin.createPartitions({ topicPartitions: [{ topic: stand.place.topic, count: PARTITIONS + 1 }] }),
    );
    await endWriters(stand, writers, ['SIGKILL', 'SIGTERM']);
    await startWriters();
    await eventually(async () => (await allStopped(writers)).length > 0);
  });
  expect(await allStopped(writers)).toEqual([PARTITIONS]);
  await expectWhole('a partition added', span);
}, 90_000);

interface Readiness {
  readonly status: number;
  readonly text: string;
}

async function readiness({ baseUrl }: Member): Promise<Readiness> {
  const response = await fetch(`${baseUrl}/readyz`);
  return { status: response.status, text: await response.text() };
}

/** All that is decided, to the byte. */
async function truth(): Promise<unknown[]> {
  const found: unknown[] = [];
  for (const table of ['stock', 'reservations', 'ledger', 'dead_letters']) {
    found.push((await stand.sql.query(`select * from ${table} order by 1, 2, 3`)).rows);
  }
  return found;
}

/** Into the new log: shorter than the old one in some partitions, longer in the others. */
async function fillNewTopic(): Promise<void> {
  const raw = await RawTopic.open(stand.place);
  const messages = partitions.flatMap((partition) => {
    const [sku = ''] = skusIn(partition, PARTITIONS, 'new', 1);
    const count = partition % 2 === 0 ? 3 : 3_000;
    const asks = Array.from({ length: count }, (_, n) => reserve({ sku, user: `buyer-${n}` }));
    return [configure(sku, { total: 10 }), ...asks].map(rawMessage);
  });
  for (let at = 0; at < messages.length; at += 1_000) await raw.append(messages.slice(at, at + 1_000));
  await raw.close();
}

test('the topic is recreated under running writers: each partition stops and says why, also to who starts later, and nothing is decided', async () => {
  // Both roles in one process: what stands still there is told by /readyz too.
  const both = await stand.start('both', 'all' as Role);
  await eventually(async () => {
    const owned = await Promise.all([...writers, both].map(partitionsOf));
    return owned.every(({ size }) => size > 0) && new Set(owned.flatMap((each) => [...each])).size === PARTITIONS;
  });
  await settled(stand);
  const before = await truth();
  await withAdmin(stand.place, async (admin) => {
    const { topic } = stand.place;
    await admin.deleteTopics({ topics: [topic] });
    await eventually(async () => !(await admin.listTopics()).includes(topic));
  });
  await stand.createTopics();
  await fillNewTopic();
  // Each by its owner; a process that ends over it has said so in its log, and leaves its partitions to the others.
  let witness = both;
  const running = (): Member[] => [...writers, witness].filter(({ hasEnded }) => !hasEnded());
  await eventually(async () => expect(await allStopped(running())).toEqual(partitions), { within: 60_000 });
  if (both.hasEnded()) witness = await stand.start('both', 'all' as Role);
  await eventually(async () => expect(await stoppedPartitions(witness)).not.toEqual([]), { within: 60_000 });
  const { status, text } = await readiness(witness);
  expect(status).toBe(503);
  const named = [...text.matchAll(/partition-(\d+)/g)].map(([, partition]) => Number(partition));
  expect(new Set(named)).toEqual(new Set(await stoppedPartitions(witness)));
  expect(text).toMatch(/FOREIGN_LOG|LOG_TRUNCATED/);
  expect(await truth()).toEqual(before);

  await endWriters(stand, running(), ['SIGTERM']);
  const later = await stand.start('later', 'all' as Role);
  await eventually(async () => expect(await stoppedPartitions(later)).toEqual(partitions), { within: 60_000 });
  const told = await readiness(later);
  say(`log-identity, topic recreated: ${told.status} ${told.text.slice(0, 600)}`);
  expect(told.status).toBe(503);
  for (const partition of partitions) expect(told.text).toContain(`partition-${partition}"`);
  expect(await truth()).toEqual(before);
}, 180_000);
