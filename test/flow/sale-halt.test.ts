import { type BreakableLink, breakableLink } from '../support/breakable-link.js';
import type { Reply } from '../support/client.js';
import { eventually } from '../support/eventually.js';
import { type OpenApi, Site } from '../support/site.js';

/** The whole sale is halted and goes on again: on every API process, for new requests only, and whatever becomes of the database meanwhile. */
const SKU = 'lamp';
const HALT_KNOWN_WITHIN_MS = 1_000;

let site: Site;
let link: BreakableLink;
let apis: OpenApi[];

beforeAll(async () => {
  site = await Site.open();
  const server = new URL(site.database.url);
  link = await breakableLink({ host: server.hostname, port: Number(server.port) });
  server.host = `127.0.0.1:${link.port}`;
  // The second one's way to the database can be cut.
  apis = [await site.startApi(), await site.startApi({ FLASHSALE_DATABASE_URL: server.href })];
  const writer = await site.startWriter();
  await first().open(SKU, 100);
  await writer.stop();
});

afterEach(() => link.restore());

afterAll(async () => {
  await site.close();
  await link.close();
});

const first = () => (apis[0] as OpenApi).client;
const second = () => (apis[1] as OpenApi).client;
const sale = async (): Promise<unknown> => (await first().get('/v1/admin/sale')).body.state;
const halt = (reason: string): Promise<Reply> => first().post('/v1/admin/sale/halt', { reason });
const resume = (): Promise<Reply> => first().post('/v1/admin/sale/resume');
const HALTED = { status: 503, body: { code: 'SALE_HALTED' }, headers: { 'retry-after': expect.stringMatching(/^([5-9]|10)$/) } };
const halted = (at: number): Promise<number> => (apis[at] as OpenApi).metric('flashsale_sale_halted');

let early: string[];

test('what comes before the halt is accepted', async () => {
  const replies = await Promise.all(
    [first(), second()].flatMap((client, at) =>
      [1, 2, 3].map((n) => client.reserve({ sku: SKU, user: `buyer-${at}-${n}`, key: `key-${at}-${n}` })),
    ),
  );
  expect(replies.map(({ status }) => status)).toEqual(replies.map(() => 202));
  early = replies.map(({ body }) => String(body.reservationId));
});

test('within a second of the halt every process turns new requests away, and none takes one after that', async () => {
  const before = performance.now();
  expect(await halt('a count is wrong')).toMatchObject({
    status: 200,
    body: { state: 'HALTED', reason: 'a count is wrong', changedBy: 'shop' },
  });
  // Where it was asked for there is no delay.
  expect(await first().reserve({ sku: SKU, user: 'late' })).toMatchObject(HALTED);
  await eventually(async () => (await second().reserve({ sku: SKU, user: 'late' })).status === 503, { within: HALT_KNOWN_WITHIN_MS });
  expect(performance.now() - before).toBeLessThan(HALT_KNOWN_WITHIN_MS);
  const more = await Promise.all(
    Array.from({ length: 100 }, (_, at) => (at % 2 ? first() : second()).reserve({ sku: SKU, user: `late-${at}` })),
  );
  for (const reply of more) expect(reply).toMatchObject(HALTED);
  expect([await halted(0), await halted(1)]).toEqual([1, 1]);
});

test('a repeat of an accepted one is told where it stands; with another quantity it is none', async () => {
  const repeat = await second().reserve({ sku: SKU, user: 'buyer-0-1', key: 'key-0-1' });
  expect(repeat).toMatchObject({
    status: 200,
    headers: { 'idempotent-replayed': 'true' },
    body: { reservationId: early[0], status: 'QUEUED' },
  });
  const other = await second().reserve({ sku: SKU, user: 'buyer-0-1', key: 'key-0-1', quantity: 2 });
  expect(other).toMatchObject({ status: 422, body: { code: 'KEY_REUSED' } });
});

test('what was accepted is decided, and everything that is no new reservation goes on', async () => {
  await site.startWriter();
  await site.applied();
  for (const id of early) await eventually(async () => (await second().reservation(id)).body.status === 'RESERVED');
  const [one, two, three] = early;
  expect(await first().change(one, 'confirm', { paymentReference: 'pi_1' })).toMatchObject({ status: 200, body: { status: 'CONFIRMED' } });
  expect(await second().change(two, 'cancel')).toMatchObject({ status: 200, body: { status: 'CANCELLED' } });
  expect(await second().change(three, 'extend')).toMatchObject({ status: 200, body: { status: 'RESERVED' } });
  expect((await first().availability(SKU)).status).toBe(200);
  expect((await first().adjust(SKU, 5)).status).toBe(200);
  expect((await first().turn(SKU, 'pause')).body.state).toBe('PAUSED');
  expect((await first().turn(SKU, 'resume')).body.state).toBe('OPEN');
  expect(await first().reserve({ sku: SKU, user: 'late' })).toMatchObject(HALTED);
});

test('with its database away a process goes by what it last knew: halted', async () => {
  link.cut();
  await eventually(() => (apis[1] as OpenApi).log.lines.some(({ message }) => message.includes('the state of the sale cannot be read')));
  expect(await second().reserve({ sku: SKU, user: 'late' })).toMatchObject(HALTED);
  expect(await halted(1)).toBe(1);
});

test('resumed it takes requests again, everywhere; halted twice is halted once', async () => {
  expect((await halt('another reason')).body.reason).toBe('a count is wrong');
  expect(await resume()).toMatchObject({ status: 200, body: { state: 'RUNNING', reason: null } });
  expect(await sale()).toBe('RUNNING');
  for (const client of [first(), second()])
    await eventually(async () => (await client.reserve({ sku: SKU, user: 'again', wait: 10 })).status === 201);
  await eventually(async () => (await halted(1)) === 0);
});

test('with its database away a process goes by what it last knew: running', async () => {
  link.cut();
  // Longer than one look, and the halt is nothing that it could know of.
  await halt('unheard');
  const lines = () =>
    (apis[1] as OpenApi).log.lines.filter(({ message }) => message.includes('the state of the sale cannot be read')).length;
  await eventually(() => lines() >= 2);
  expect((await second().reserve({ sku: SKU, user: 'unaware' })).status).toBe(202);
  link.restore();
  await eventually(async () => (await second().reserve({ sku: SKU, user: 'aware' })).status === 503);
  await resume();
});

test('all of it is in the operators’ log, and the recount finds nothing wrong', async () => {
  const { rows } = await site.sql.query(
    `select principal, action, outcome from operator_log where action like '%-sale' order by decided_at`,
  );
  expect(rows.map(({ action, outcome }) => `${action} ${outcome}`)).toEqual([
    'halt-sale HALTED',
    'halt-sale UNCHANGED',
    'resume-sale RUNNING',
    'halt-sale HALTED',
    'resume-sale RUNNING',
  ]);
  expect(new Set(rows.map(({ principal }) => principal))).toEqual(new Set(['operator:shop shop']));
  expect((await site.recount()).faults).toEqual({});
});
