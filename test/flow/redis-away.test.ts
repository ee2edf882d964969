import { PassThrough, Transform } from 'node:stream';
import { type BreakableLink, breakableLink } from '../support/breakable-link.js';
import type { Reply } from '../support/client.js';
import { type CommitGate, commitGate, PATIENT } from '../support/commit-gate.js';
import { eventually } from '../support/eventually.js';
import { type OpenApi, Site } from '../support/site.js';

/** Redis holds hints: without them the service is slower, never wrong. */
const server = new URL(process.env.FLASHSALE_REDIS_URL ?? '');
const target = { host: server.hostname, port: Number(server.port || 6379) };
/** The same Redis on another port of this machine. */
const redisOn = (port: number): { FLASHSALE_REDIS_URL: string } => {
  const url = new URL(server);
  url.hostname = '127.0.0.1';
  url.port = String(port);
  return { FLASHSALE_REDIS_URL: url.href };
};

let site: Site;
let link: BreakableLink;
let gate: CommitGate;
let client: OpenApi['client'];
let api: OpenApi;

beforeAll(async () => {
  link = await breakableLink(target);
  site = await Site.open({ ...PATIENT, ...redisOn(link.port) });
  gate = await commitGate(site.database.url);
  await site.startWriter();
  api = await site.startApi();
  client = api.client;
});

afterEach(async () => {
  link.restore();
  await gate.open();
});

afterAll(async () => {
  await gate.end();
  await site.close();
  await link.close();
});

const crowd = (sku: string, from: number, to: number): Promise<Reply[]> =>
  Promise.all(Array.from({ length: to - from }, (_, n) => client.reserve({ sku, user: `buyer-${from + n}`, key: `${sku}-${from + n}` })));

const statuses = (replies: readonly Reply[]): number[] => [...new Set(replies.map(({ status }) => status))];

async function reservedOf(sku: string): Promise<unknown> {
  const { rows } = await site.sql.query('select reserved from stock where sku_id = $1', [sku]);
  return rows[0]?.reserved;
}

/** Redis answers the API again: a repeat is known at the door. */
const healed = (ask: { sku: string; user: string; key: string }): Promise<unknown> =>
  eventually(async () => (await client.reserve(ask)).status === 200);

test('flushed in mid-sale: nobody is told "sold out" who is not, and repeats stay repeats', async () => {
  await client.open('vase', 100);
  const first = await crowd('vase', 0, 50);
  // All has been told: what is missing after the flush stays missing until the next decision.
  await eventually(async () => (await site.redis.hget(site.hintKey('vase'), 'available')) === '50');
  await site.forgetHints();
  const then = await crowd('vase', 0, 100);
  expect(statuses([...first, ...then])).toEqual([202]);
  expect(then.slice(0, 50).map(({ body }) => body.reservationId)).toEqual(first.map(({ body }) => body.reservationId));
  await site.applied();
  expect(await reservedOf('vase')).toBe(100);
  const late = await client.reserve({ sku: 'vase', user: 'late', wait: 10 });
  expect(late).toMatchObject({ status: 409, body: { code: 'SOLD_OUT' } });
});

test.each([
  ['gone', () => link.cut()],
  ['silent', () => link.hang()],
])('%s in mid-sale: accepted, decided, and read from PostgreSQL; hints come back by themselves', async (how, fail) => {
  const sku = `bowl-${how}`;
  await client.open(sku, 60);
  const before = await crowd(sku, 0, 30);
  fail();
  const during = await crowd(sku, 30, 60);
  expect(statuses([...before, ...during])).toEqual([202]);
  await site.applied();
  expect(await reservedOf(sku)).toBe(60);
  for (const { body } of [before[0], during[0]] as [Reply, Reply]) {
    expect(await client.reservation(body.reservationId)).toMatchObject({ status: 200, body: { status: 'RESERVED' } });
  }
  expect(await client.availability(sku)).toMatchObject({ status: 200, body: { available: 0, total: 60 } });
  // Nobody but the writer can say so now, and it does.
  const late = await client.reserve({ sku, user: 'late', wait: 10 });
  expect(late).toMatchObject({ status: 409, body: { code: 'SOLD_OUT', reservationStatus: 'REJECTED' } });
  await eventually(async () => {
    await Promise.all(Array.from({ length: 20 }, () => client.availability(sku)));
    return (await api.metric('flashsale_breaker_open')) === 1;
  });
  // Without a hint a repeat is a repeat all the same.
  const ask = { sku, user: 'buyer-30', key: `${sku}-30` };
  expect(await client.reserve(ask)).toMatchObject({ status: 202, body: { reservationId: during[0]?.body.reservationId, queue: null } });

  link.restore();
  await healed(ask);
  expect(await api.metric('flashsale_breaker_open')).toBe(0);
  await eventually(async () => {
    const answer = await client.reserve({ sku, user: `later-${Math.random()}` });
    expect(answer).toMatchObject({ status: 409, body: { code: 'SOLD_OUT' } });
    expect(answer.body).not.toHaveProperty('reservationStatus');
  });
});

test('gone while a request waits in the log: never "not found", and found once it is decided', async () => {
  await client.open('jar', 5);
  await gate.close();
  link.cut();
  const { status, body } = await client.reserve({ sku: 'jar', user: 'ann' });
  expect(status).toBe(202);
  const unsure = await client.reservation(body.reservationId);
  expect(unsure).toMatchObject({
    status: 503,
    body: { code: 'STATUS_UNKNOWN' },
    headers: { 'retry-after': expect.stringMatching(/^[12]$/) },
  });
  const waiting = client.reservation(body.reservationId);
  await gate.open();
  expect(await waiting).toMatchObject({ status: 200, body: { status: 'RESERVED' } });
  link.restore();
});

test('slower than a command may take while processes start: they start, and the hints follow', async () => {
  // As many connections as two processes make for the start-up check, commands and subscriptions, and one more.
  const first = Array.from({ length: 6 }, () => late(300));
  const slow = await breakableLink({ ...target, answers: () => first.pop() ?? new PassThrough() });
  const writing = await site.startWriter(redisOn(slow.port));
  const asking = await site.startApi(redisOn(slow.port));
  await asking.client.open('plate', 5);
  const ask = { sku: 'plate', user: 'ann', key: 'plate-ann' };
  await eventually(async () => (await asking.client.reserve(ask)).status === 200);
  await asking.stop();
  await writing.stop();
  await slow.close();
});

function late(ms: number): Transform {
  return new Transform({ transform: (bytes, _, done) => void setTimeout(() => done(null, bytes), ms) });
}

test('the recount finds nothing wrong', async () => {
  expect((await site.recount()).faults).toEqual({});
});
