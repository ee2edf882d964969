import { randomUUID } from 'node:crypto';
import { type CommitGate, commitGate, PATIENT } from '../support/commit-gate.js';
import { eventually } from '../support/eventually.js';
import { type OpenApi, Site } from '../support/site.js';

/** What buyers and operators are told, and when. */
let site: Site;
let gate: CommitGate;
let client: OpenApi['client'];

beforeAll(async () => {
  site = await Site.open(PATIENT);
  gate = await commitGate(site.database.url);
  await site.startWriter();
  ({ client } = await site.startApi());
  await client.open('book', 50);
});

afterEach(() => gate.open());

afterAll(async () => {
  await gate.end();
  await site.close();
});

test('an accepted id is never "not found": not at once, not undecided, not when Redis has forgotten it', async () => {
  await gate.close();
  const { body } = await client.reserve({ sku: 'book', user: 'ann' });
  const { reservationId } = body;
  expect(await client.reservation(reservationId)).toMatchObject({ status: 200, body: { status: 'QUEUED', version: 0 } });
  await site.forgetHints();
  expect(await client.reservation(reservationId)).toMatchObject({
    status: 503,
    body: { code: 'STATUS_UNKNOWN' },
    headers: { 'retry-after': expect.stringMatching(/^[12]$/) },
  });
  await gate.open();
  expect(await client.reservation(reservationId)).toMatchObject({ status: 200, body: { status: 'RESERVED', version: 2 } });
});

test('right after their 202, all of a crowd are known, by another API process too', async () => {
  const { client: other } = await site.startApi();
  const found = await Promise.all(
    Array.from({ length: 40 }, async (_, n) => {
      const { body } = await client.reserve({ sku: 'book', user: `crowd-${n}` });
      if (n % 2 === 0) await site.redis.del(site.statusKey(String(body.reservationId)));
      return (await other.reservation(body.reservationId)).status;
    }),
  );
  expect(new Set(found)).toEqual(new Set([200]));
});

test('an id that nobody was given is 404 within about a second, though nothing happens', async () => {
  await site.applied();
  const answer = await client.reservation(randomUUID());
  expect(answer).toMatchObject({ status: 404, body: { code: 'NOT_FOUND' } });
  expect(answer.ms).toBeLessThan(1_500);
});

test('without a writer it is not known whether such an id is in the log', async () => {
  // A partition nobody has ever owned: this site has a database of its own, and no writer.
  const idle = await Site.open();
  try {
    const api = await idle.startApi();
    expect(await api.client.reservation(randomUUID())).toMatchObject({ status: 503, body: { code: 'STATUS_UNKNOWN' } });
  } finally {
    await idle.close();
  }
});

test('Prefer: wait answers with the decision as soon as there is one, and with 202 if there is none in time', async () => {
  await client.open('page', 1);
  const got = await client.reserve({ sku: 'page', user: 'ann', wait: 10 });
  expect(got).toMatchObject({ status: 201, headers: { 'preference-applied': 'wait=10' }, body: { status: 'RESERVED', sequence: 2 } });
  expect(got.ms).toBeLessThan(5_000);
  await site.forgetHints();
  const refused = await client.reserve({ sku: 'page', user: 'bob', wait: 10 });
  expect(refused).toMatchObject({ status: 409, body: { code: 'SOLD_OUT', reservationStatus: 'REJECTED' } });
  expect(await client.reservation(refused.body.reservationId)).toMatchObject({
    status: 200,
    body: { status: 'REJECTED', reason: 'SOLD_OUT' },
  });

  await gate.close();
  const late = await client.reserve({ sku: 'book', user: 'late', wait: 1 });
  expect(late).toMatchObject({ status: 202, headers: { location: expect.any(String), 'retry-after': '1' }, body: { status: 'QUEUED' } });
  const waiting = client.reservation(late.body.reservationId, 10);
  await gate.open();
  expect(await waiting).toMatchObject({ status: 200, body: { status: 'RESERVED' } });
});

describe('PUT of a SKU', () => {
  test('creates it once, and is the same when sent again', async () => {
    const settings = { total: 7, perUserLimit: 2 };
    const created = await client.putSku('shelf', settings);
    expect(created).toMatchObject({ status: 201, headers: { etag: '"1"' }, body: { total: 7, available: 7, version: 1 } });
    const again = { status: 200, headers: { 'idempotent-replayed': 'true' }, body: { total: 7, version: 1, sequence: 2 } };
    expect(await client.putSku('shelf', settings)).toMatchObject(again);
    expect(await site.decisions('shelf')).toEqual(['CONFIGURED', 'DUPLICATE']);
    expect(await client.putSku('shelf', { total: 8 })).toMatchObject({ status: 409, body: { code: 'USE_ADJUSTMENTS' } });
  });

  test('changes it only from the version that was read', async () => {
    expect(await client.putSku('shelf', { perUserLimit: 1 })).toMatchObject({ status: 428, body: { code: 'PRECONDITION_REQUIRED' } });
    const changed = await client.putSku('shelf', { perUserLimit: 1 }, '"1"');
    expect(changed).toMatchObject({ status: 200, body: { perUserLimit: 1, total: 7 } });
    expect(await client.putSku('shelf', { perUserLimit: 9 }, '"1"')).toMatchObject({ status: 412, body: { code: 'VERSION_CONFLICT' } });
    expect(await client.putSku('shelf', { perUserLimit: 1 }, '"1"')).toMatchObject({
      status: 200,
      body: { version: changed.body.version },
    });
    expect(await client.putSku('shelf', { total: 9 }, changed.headers.etag)).toMatchObject({
      status: 409,
      body: { code: 'USE_ADJUSTMENTS' },
    });
    expect(await client.putSku('nowhere', { perUserLimit: 9 }, '"1"')).toMatchObject({ status: 404, body: { code: 'UNKNOWN_SKU' } });
    await eventually(async () =>
      expect(await client.availability('shelf')).toMatchObject({ status: 200, body: { available: 7, total: 7 } }),
    );
  });

  test('of two at once from the same version one applies', async () => {
    await client.open('frame', 5);
    const answers = await Promise.all([3, 4].map((perUserLimit) => client.putSku('frame', { perUserLimit }, '"1"')));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 412]);
  });
});

test('the recount finds nothing wrong', async () => {
  expect((await site.recount()).faults).toEqual({});
});
