import { type BreakableLink, breakableLink } from '../support/breakable-link.js';
import { type CommitGate, commitGate, PATIENT } from '../support/commit-gate.js';
import { eventually } from '../support/eventually.js';
import { type OpenApi, Site } from '../support/site.js';

/** What the door turns away: a queue that is too long, and a buyer who asks too often of whatever process. */
const server = new URL(process.env.FLASHSALE_REDIS_URL ?? '');
const BURST = 3;

let site: Site;
let link: BreakableLink;
let gate: CommitGate;
let one: OpenApi;
let other: OpenApi;

beforeAll(async () => {
  link = await breakableLink({ host: server.hostname, port: Number(server.port || 6379) });
  const throughLink = new URL(server);
  throughLink.hostname = '127.0.0.1';
  throughLink.port = String(link.port);
  site = await Site.open({
    ...PATIENT,
    ...{ FLASHSALE_MAX_QUEUE_MS: '2500', FLASHSALE_BUYER_RATE: '1', FLASHSALE_BUYER_BURST: String(BURST) },
  });
  gate = await commitGate(site.database.url);
  await site.startWriter();
  [one, other] = [await site.startApi({ FLASHSALE_REDIS_URL: throughLink.href }), await site.startApi()];
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

test('a buyer has one rate for all processes: 429 with word of it, the key stays usable, nobody else is meant', async () => {
  await one.client.open('lamp', 100);
  const ask = (n: number, user = 'ann') => (n % 2 === 0 ? one : other).client.reserve({ sku: 'lamp', user, key: `lamp-${user}-${n}` });
  const replies = [];
  for (let n = 0; replies.at(-1)?.status !== 429; n += 1) replies.push(await ask(n));
  // The bucket is filled a little while they are asked for.
  expect(replies.length).toBeGreaterThan(BURST);
  expect(replies.slice(0, BURST).map(({ status }) => status)).toEqual([202, 202, 202]);
  const refused = replies.at(-1);
  expect(refused).toMatchObject({
    body: { code: 'TOO_MANY_REQUESTS' },
    headers: { 'retry-after': '1', ratelimit: expect.stringMatching(/^"buyer";r=0;t=[123]$/), 'ratelimit-policy': '"buyer";q=3;w=3' },
  });
  expect(refused?.body).not.toHaveProperty('reservationStatus');
  expect((await ask(0, 'bob')).status).toBe(202);
  // Nothing was stored of it: the very key serves another SKU.
  await one.client.open('rug', 100);
  await eventually(
    async () => (await one.client.reserve({ sku: 'rug', user: 'ann', key: `lamp-ann-${replies.length - 1}` })).status === 202,
  );
  expect(await other.metric('flashsale_shed_total', { reason: 'rate' })).toBeGreaterThanOrEqual(replies.length % 2 === 0 ? 1 : 0);
});

test('without Redis nobody is counted', async () => {
  link.cut();
  const replies = [];
  for (let n = 0; n < 3 * BURST; n += 1) replies.push(await one.client.reserve({ sku: 'lamp', user: 'cat' }));
  expect(new Set(replies.map(({ status }) => status))).toEqual(new Set([202]));
  expect(replies.at(-1)?.headers).not.toHaveProperty('ratelimit');
});

test('where nothing is decided for longer than a request may wait: 503 at once, repeats are answered, and all goes on by itself', async () => {
  await one.client.open('sofa', 10_000);
  await site.applied();
  const first = { sku: 'sofa', user: 'sofa-first', key: 'sofa-first' };
  await gate.close();
  expect((await one.client.reserve(first)).status).toBe(202);
  let n = 0;
  const refused = await eventually(async () => {
    const key = `sofa-${n++}`;
    const reply = await one.client.reserve({ sku: 'sofa', user: key, key });
    return reply.status === 503 && { ...reply, key };
  });
  expect(refused).toMatchObject({ body: { code: 'QUEUE_TOO_LONG' }, headers: { 'retry-after': expect.stringMatching(/^[1-9]$/) } });
  expect(refused.body).not.toHaveProperty('reservationStatus');
  // What is in the queue already is not lost to whoever asks again.
  expect(await one.client.reserve(first)).toMatchObject({ status: 200, body: { status: 'QUEUED' } });
  // A process that does not know the queue refuses nobody.
  expect((await other.client.reserve({ sku: 'sofa', user: 'sofa-other' })).status).toBe(202);
  expect(await one.metric('flashsale_shed_total', { reason: 'queue' })).toBeGreaterThanOrEqual(1);
  await gate.open();
  const again = { sku: 'sofa', user: refused.key, key: refused.key, wait: 10 };
  const taken = await eventually(async () => {
    const reply = await one.client.reserve(again);
    return [200, 201].includes(reply.status) && reply;
  });
  expect(taken.body).toMatchObject({ status: 'RESERVED' });
});

test('the recount finds nothing wrong', async () => {
  expect((await site.recount()).faults).toEqual({});
});
