import type { Reservation } from '../../clients/typescript/src/flashsale.js';
import { createApiKey } from '../../src/catalogue/api-keys.js';
import { type BreakableLink, breakableLink, through } from '../support/breakable-link.js';
import { Client } from '../support/client.js';
import { type CommitGate, commitGate, PATIENT } from '../support/commit-gate.js';
import { eventually } from '../support/eventually.js';
import { type OpenApi, Site } from '../support/site.js';

/** What becomes of a reservation after it was made, on the real servers: over one API process and another, with Redis and without. */
const server = new URL(process.env.FLASHSALE_REDIS_URL ?? '');
let site: Site;
let link: BreakableLink;
let gate: CommitGate;
let first: OpenApi;
let second: OpenApi;
let client: OpenApi['client'];

beforeAll(async () => {
  link = await breakableLink({ host: server.hostname, port: Number(server.port || 6379) });
  site = await Site.open({ ...PATIENT, FLASHSALE_REDIS_URL: through(server.href, link) });
  gate = await commitGate(site.database.url);
  await site.startWriter();
  [first, second] = [await site.startApi(), await site.startApi()];
  client = first.client;
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

const PAID = { paymentReference: 'pi_1' };
const problem = (status: number, code: string, currentStatus?: string) => ({
  status,
  body: { code, ...(currentStatus !== undefined && { currentStatus }) },
});

const reserved = (sku: string, user: string, by: Client = client): Promise<Reservation> => by.hold({ sku, user });

async function counts(sku: string): Promise<unknown> {
  return (await site.sql.query('select total, reserved, confirmed from stock where sku_id = $1', [sku])).rows[0];
}

test('confirmed once, by one payment, and shown so by every process', async () => {
  await client.open('lamp', 5);
  const { reservationId: id } = await reserved('lamp', 'ann');
  const confirmed = await client.change(id, 'confirm', PAID);
  expect(confirmed).toMatchObject({
    status: 200,
    headers: { etag: '"3"' },
    body: { reservationId: id, status: 'CONFIRMED', confirmedAt: expect.any(String), paymentReference: 'pi_1', version: 3 },
  });
  for (const api of [first, second]) {
    await eventually(async () => expect(await api.client.reservation(id)).toMatchObject({ status: 200, body: confirmed.body }));
  }
  const again = await second.client.change(id, 'confirm', PAID);
  expect(again).toMatchObject({ status: 200, headers: { 'idempotent-replayed': 'true' }, body: confirmed.body });
  expect(await client.change(id, 'confirm', { paymentReference: 'pi_2' })).toMatchObject(problem(409, 'ALREADY_CONFIRMED', 'CONFIRMED'));
  expect(await client.change(id, 'cancel')).toMatchObject(problem(409, 'ALREADY_CONFIRMED', 'CONFIRMED'));
  expect(await counts('lamp')).toEqual({ total: 5, reserved: 0, confirmed: 1 });
});

test('cancelled: its unit is another buyer’s', async () => {
  await client.open('rug', 1);
  const { reservationId: id } = await reserved('rug', 'ann');
  expect(await client.reserve({ sku: 'rug', user: 'bob', wait: 10 })).toMatchObject(problem(409, 'SOLD_OUT'));
  expect(await client.change(id, 'cancel')).toMatchObject({ status: 200, body: { status: 'CANCELLED' } });
  expect(await client.change(id, 'cancel', {})).toMatchObject({ status: 200, headers: { 'idempotent-replayed': 'true' } });
  expect(await client.change(id, 'confirm', PAID)).toMatchObject(problem(409, 'ALREADY_CANCELLED', 'CANCELLED'));
  await eventually(() => reserved('rug', 'bob'));
  expect(await counts('rug')).toEqual({ total: 1, reserved: 1, confirmed: 0 });
});

test('extended once: the hold ends so much later', async () => {
  await client.open('desk', 5, { maxExtendSeconds: 100 });
  const { reservationId: id, expiresAt } = await reserved('desk', 'ann');
  expect(await client.change(id, 'extend', { seconds: 101 })).toMatchObject(problem(422, 'EXTENSION_TOO_LONG', 'RESERVED'));
  const key = { 'idempotency-key': 'more-time' };
  const extended = await client.change(id, 'extend', { seconds: 60 }, key);
  expect(extended).toMatchObject({ status: 200, body: { status: 'RESERVED', expiresAt: later(expiresAt, 60) } });
  const repeat = await second.client.change(id, 'extend', { seconds: 60 }, key);
  expect(repeat).toMatchObject({ status: 200, headers: { 'idempotent-replayed': 'true' }, body: extended.body });
  expect(await client.change(id, 'extend')).toMatchObject(problem(409, 'ALREADY_EXTENDED', 'RESERVED'));
  const most = await reserved('desk', 'bob');
  expect(await client.change(most.reservationId, 'extend')).toMatchObject({ body: { expiresAt: later(most.expiresAt, 100) } });
});

const later = (time: unknown, seconds: number): string => new Date(Date.parse(String(time)) + seconds * 1_000).toISOString();

test('too late, or of a request that was refused: a problem', async () => {
  await client.open('kite', 1, { holdSeconds: 1 });
  const { reservationId: id } = await reserved('kite', 'ann');
  // So that the writer refuses it, and not the door.
  await site.forgetHints();
  const refused = await client.reserve({ sku: 'kite', user: 'bob', quantity: 2, wait: 10 });
  expect(refused).toMatchObject({ status: 409, body: { code: 'SOLD_OUT', reservationStatus: 'REJECTED' } });
  for (const what of ['confirm', 'cancel', 'extend'] as const) {
    const answer = await client.change(refused.body.reservationId, what, what === 'confirm' ? PAID : {});
    expect(answer).toMatchObject({ status: 409, body: { code: 'NOT_RESERVED', reservationStatus: 'REJECTED' } });
  }
  await site.untilOver(id);
  expect(await client.change(id, 'confirm', PAID)).toMatchObject(problem(409, 'RESERVATION_EXPIRED', 'EXPIRED'));
  expect(await client.change(id, 'extend')).toMatchObject(problem(409, 'RESERVATION_EXPIRED', 'EXPIRED'));
});

test('another storefront’s is not there', async () => {
  await client.open('vest', 5);
  const { reservationId: id } = await reserved('vest', 'ann');
  const { key } = await createApiKey(site.sql, { name: 'rival', scopes: ['reserve'] });
  const rival = new Client({ url: first.url, apiKey: key, onAccepted: () => undefined });
  for (const what of ['confirm', 'cancel', 'extend'] as const) {
    expect(await rival.change(id, what, what === 'confirm' ? PAID : {})).toMatchObject(problem(404, 'NOT_FOUND'));
  }
  await rival.close();
  expect(await site.decisions('vest')).toEqual(['CONFIGURED', 'RESERVED']);
});

test('what waits in the log is confirmed in its turn, and a wait that is over is 202', async () => {
  await client.open('book', 5);
  await gate.close();
  const { body: queued } = await client.reserve({ sku: 'book', user: 'ann' });
  const waited = await client.change(queued.reservationId, 'confirm', PAID, { prefer: 'wait=1' });
  expect(waited).toMatchObject({
    status: 202,
    headers: { location: `/v1/reservations/${queued.reservationId}`, 'retry-after': '1', 'preference-applied': 'wait=1' },
    body: { reservationId: queued.reservationId, status: 'QUEUED', pending: 'confirm' },
  });
  const waiting = second.client.change(queued.reservationId, 'confirm', PAID, { prefer: 'wait=10' });
  await gate.open();
  expect(await waiting).toMatchObject({ status: 200, headers: { 'idempotent-replayed': 'true' }, body: { status: 'CONFIRMED' } });
});

test('adjusted: a sold-out SKU sells again, and nothing that is given out is taken back', async () => {
  await client.open('coat', 1);
  await reserved('coat', 'ann');
  expect(await client.adjust('coat', -1)).toMatchObject(problem(409, 'BELOW_COMMITTED'));
  expect(await client.adjust('coat', 1_000_000_000)).toMatchObject(problem(422, 'TOTAL_TOO_LARGE'));
  expect(await client.adjust('coat', 2, 'box-1')).toMatchObject({ status: 200, body: { total: 3, available: 2, reserved: 1 } });
  const repeat = await second.client.adjust('coat', 2, 'box-1');
  expect(repeat).toMatchObject({ status: 200, headers: { 'idempotent-replayed': 'true' }, body: { total: 3 } });
  expect(await client.adjust('coat', 3, 'box-1')).toMatchObject(problem(422, 'KEY_REUSED'));
  expect(await client.adjust('nothing', 3)).toMatchObject(problem(404, 'UNKNOWN_SKU'));
  await eventually(() => reserved('coat', 'bob'));
  expect(await counts('coat')).toEqual({ total: 3, reserved: 2, confirmed: 0 });
});

test('paused: nobody is sold anything; resumed: they are', async () => {
  await client.open('sofa', 5);
  const { reservationId: id } = await reserved('sofa', 'ann');
  expect(await client.turn('sofa', 'pause')).toMatchObject({ status: 200, body: { state: 'PAUSED' } });
  expect(await client.reserve({ sku: 'sofa', user: 'bob', wait: 10 })).toMatchObject(problem(409, 'SALE_PAUSED'));
  expect(await client.change(id, 'confirm', PAID)).toMatchObject({ status: 200 });
  expect(await second.client.turn('sofa', 'resume')).toMatchObject({ status: 200, body: { state: 'OPEN' } });
  await eventually(() => reserved('sofa', 'bob'));
  expect(await client.turn('sofa', 'pause')).toMatchObject({ status: 200, body: { state: 'PAUSED' } });
  expect(await client.turn('nothing', 'pause')).toMatchObject(problem(404, 'UNKNOWN_SKU'));
});

test('without Redis all of it is answered as with it', async () => {
  await client.open('bowl', 2);
  const [ann, bob] = [await reserved('bowl', 'ann'), await reserved('bowl', 'bob')];
  link.cut();
  expect(await client.change(ann.reservationId, 'confirm', PAID)).toMatchObject({ status: 200, body: { status: 'CONFIRMED' } });
  expect(await second.client.reservation(ann.reservationId)).toMatchObject({ body: { status: 'CONFIRMED', paymentReference: 'pi_1' } });
  expect(await second.client.change(bob.reservationId, 'extend', { seconds: 5 })).toMatchObject({ status: 200 });
  expect(await second.client.change(bob.reservationId, 'cancel')).toMatchObject({ status: 200, body: { status: 'CANCELLED' } });
  expect(await client.adjust('bowl', 1)).toMatchObject({ status: 200, body: { total: 3, available: 2 } });
  await reserved('bowl', 'cy');
  expect(await counts('bowl')).toEqual({ total: 3, reserved: 1, confirmed: 1 });
});

test('a crowd that confirms at once, over two processes: each once', async () => {
  await client.open('mug', 300);
  const ids = await Promise.all(
    Array.from({ length: 300 }, async (_, n) => (await client.reserve({ sku: 'mug', user: `buyer-${n}`, wait: 10 })).body.reservationId),
  );
  const answers = await Promise.all(ids.map((id, n) => (n % 2 ? second : first).client.change(id, 'confirm', PAID)));
  expect(new Set(answers.map(({ status, body }) => `${status} ${body.status}`))).toEqual(new Set(['200 CONFIRMED']));
  expect(await counts('mug')).toEqual({ total: 300, reserved: 0, confirmed: 300 });
});

test('the recount finds nothing wrong', async () => {
  expect((await site.recount()).faults).toEqual({});
});
