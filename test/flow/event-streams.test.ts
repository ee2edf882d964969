import { type BreakableLink, breakableLink, through } from '../support/breakable-link.js';
import { type CommitGate, commitGate, PATIENT } from '../support/commit-gate.js';
import type { EventSource, StreamedEvent } from '../support/event-source.js';
import { eventually } from '../support/eventually.js';
import { type OpenApi, Site } from '../support/site.js';

/** Streams on one API process, changes through another. */
const server = new URL(process.env.FLASHSALE_REDIS_URL ?? '');
let site: Site;
let link: BreakableLink;
let gate: CommitGate;
let here: OpenApi;
let there: OpenApi;
const open: EventSource[] = [];

beforeAll(async () => {
  link = await breakableLink({ host: server.hostname, port: Number(server.port || 6379) });
  site = await Site.open({ ...PATIENT, FLASHSALE_REDIS_URL: through(server.href, link) });
  gate = await commitGate(site.database.url);
  await site.startWriter();
  [here, there] = await Promise.all([site.startApi(), site.startApi({ FLASHSALE_MAX_EVENT_STREAMS: '2' })]);
  await there.client.open('book', 50);
});

afterEach(async () => {
  for (const stream of open.splice(0)) stream.close();
  link.restore();
  await gate.open();
});

afterAll(async () => {
  await gate.end();
  await site.close();
  await link.close();
});

async function follow(api: OpenApi, id: unknown, lastEventId?: number): Promise<EventSource> {
  const stream = await api.client.events(id, lastEventId);
  open.push(stream);
  return stream;
}

const reserved = async (user: string): Promise<unknown> => (await there.client.hold({ sku: 'book', user })).reservationId;

const statuses = (events: readonly (StreamedEvent | null)[]): unknown[] => events.map((event) => event?.data.status);

test('queued, decided and confirmed elsewhere: each told here, as a GET would, and then the end', async () => {
  await gate.close();
  const { body } = await there.client.reserve({ sku: 'book', user: 'ann' });
  const stream = await follow(here, body.reservationId);
  expect([stream.status, stream.headers['content-type'], stream.headers['cache-control']]).toEqual([200, 'text/event-stream', 'no-store']);
  expect(await stream.next()).toMatchObject({ id: 0, data: { status: 'QUEUED', version: 0 } });
  await gate.open();
  const decided = await stream.next();
  expect(decided).toEqual({ id: decided?.data.version, data: (await there.client.reservation(body.reservationId)).body });
  await there.client.change(body.reservationId, 'extend');
  expect((await stream.next())?.data).toMatchObject({ status: 'RESERVED' });
  await there.client.change(body.reservationId, 'confirm', { paymentReference: 'pi_1' });
  expect(statuses(await stream.rest())).toEqual(['CONFIRMED']);
});

test('a refusal is an event with its reason, and the end', async () => {
  await there.client.open('page', 1);
  await there.client.reserve({ sku: 'page', user: 'bob', wait: 10 });
  // Or the door would refuse it, and nothing would be stored.
  await site.forgetHints();
  const { body } = await there.client.reserve({ sku: 'page', user: 'ann' });
  const events = await (await follow(here, body.reservationId)).rest();
  expect(events.at(-1)?.data).toMatchObject({ status: 'REJECTED', reason: 'SOLD_OUT' });
});

test.each([
  ['cut', () => link.cut()],
  ['silent', () => link.hang()],
])('Redis %s in mid-stream: the change is told all the same', async (how, fail) => {
  const id = await reserved(`without-${how}`);
  const stream = await follow(here, id);
  expect(statuses([await stream.next()])).toEqual(['RESERVED']);
  fail();
  const { status } = await there.client.change(id, 'confirm', { paymentReference: 'pi_2' });
  expect(status).toBe(200);
  expect(statuses(await stream.rest())).toEqual(['CONFIRMED']);
});

test('back with Last-Event-ID, on whatever process: what was seen is not repeated, what was missed is there', async () => {
  const id = await reserved('back');
  const first = await follow(here, id);
  const seen = await first.next();
  first.close();
  await there.client.change(id, 'extend');
  const second = await follow(there, id, seen?.id);
  const extended = await second.next();
  expect(extended?.data).toMatchObject({ status: 'RESERVED' });
  expect(extended?.id).toBeGreaterThan(Number(seen?.id));
  const third = await follow(here, id, extended?.id);
  await there.client.change(id, 'cancel');
  expect(statuses(await third.rest())).toEqual(['CANCELLED']);
  const last = await second.rest();
  expect(statuses(last)).toEqual(['CANCELLED']);
  expect((await follow(here, id, last[0]?.id)).status).toBe(204);
  expect(statuses(await (await follow(here, id, 0)).rest())).toEqual(['CANCELLED']);
});

test('more streams than a process may serve: 503, and room again when one has ended', async () => {
  const ids = await Promise.all(['full-1', 'full-2', 'full-3'].map(reserved));
  await follow(there, ids[0]);
  await follow(there, ids[1]);
  const refused = await follow(there, ids[2]);
  expect([refused.status, refused.headers['retry-after']]).toEqual([503, expect.stringMatching(/^([5-9]|10)$/)]);
  const before = await there.metric('flashsale_event_streams');
  await there.client.change(ids[0], 'cancel');
  await open[0]?.rest();
  expect([before, (await follow(there, ids[2])).status]).toEqual([2, 200]);
  expect(await there.metric('flashsale_event_streams_ended_total', { why: 'final' })).toBeGreaterThan(0);
});

test('what one process gave as an ETag the other knows: 304, until it has changed', async () => {
  const id = await reserved('etag');
  const { headers } = await here.client.reservation(id);
  const again = (etag: string) => there.client.get(`/v1/reservations/${id}`, { 'if-none-match': etag });
  for (const etag of [headers.etag, `W/${headers.etag}`, `"0", ${headers.etag}`, '*']) expect((await again(String(etag))).status).toBe(304);
  await there.client.change(id, 'cancel');
  expect((await again(String(headers.etag))).status).toBe(200);
});

test('the list: every decided one once, a page here and a page there, as GET shows each', async () => {
  const found: unknown[] = [];
  let path: string | undefined = '/v1/reservations?skuId=book&limit=3';
  for (let page = 0; path !== undefined; page += 1) {
    const { status, body, headers }: Awaited<ReturnType<OpenApi['client']['get']>> = await [here, there][page % 2]!.client.get(path);
    expect(status).toBe(200);
    found.push(...(body.reservations as unknown[]));
    path = /^<(.*)>; rel="next"$/.exec(headers.link ?? '')?.[1];
  }
  const { rows } = await site.sql.query<{ id: string }>(
    "select reservation_id as id from reservations where sku_id = 'book' order by reservation_id",
  );
  expect(found.length).toBeGreaterThan(6);
  // What Redis was not told while it was away, GET shows some seconds later.
  await eventually(async () => {
    expect(found).toEqual(await Promise.all(rows.map(async ({ id }) => (await here.client.reservation(id)).body)));
  });
  const mine = await here.client.get('/v1/reservations?userId=ann');
  expect(mine.body.reservations).toHaveLength(2);
  expect(mine.body.reservations).toEqual(expect.arrayContaining([expect.objectContaining({ skuId: 'page', reason: 'SOLD_OUT' })]));
});

test('the decisions of a SKU: the ledger by sequence', async () => {
  const { body } = await here.client.get('/v1/admin/skus/book/decisions?limit=500');
  const decisions = body.decisions as { sequence: number; type: string }[];
  expect(decisions.map(({ sequence }) => sequence)).toEqual(Array.from({ length: decisions.length }, (_, at) => at + 1));
  expect(decisions[0]?.type).toBe('flashsale.sku.configured.v1');
  expect(decisions).toHaveLength((await site.decisions('book')).length);
});

test('a process that stops sends its streams to the others, where they go on', async () => {
  const id = await reserved('moved');
  const stream = await follow(here, id);
  const seen = await stream.next();
  await here.stop();
  expect(await stream.rest()).toEqual([]);
  expect(stream.retry).toBeGreaterThanOrEqual(500);
  const next = await follow(there, id, seen?.id);
  await there.client.change(id, 'confirm', { paymentReference: 'pi_3' });
  expect(statuses(await next.rest())).toEqual(['CONFIRMED']);
});

test('the recount finds nothing wrong', async () => {
  expect((await site.recount()).faults).toEqual({});
});
