import { configure, reserve } from '../support/commands.js';
import { type CommitGate, commitGate, PATIENT } from '../support/commit-gate.js';
import { type OpenApi, Site } from '../support/site.js';

let site: Site;
let gate: CommitGate;
let client: OpenApi['client'];

beforeAll(async () => {
  site = await Site.open(PATIENT);
  gate = await commitGate(site.database.url);
  await site.startWriter();
  ({ client } = await site.startApi());
  await client.open('coat', 50);
});

afterEach(() => gate.open());

afterAll(async () => {
  await gate.end();
  await site.close();
});

test('inside one chunk the first occurrence counts, and a reused key changes nothing', async () => {
  const a = reserve({ sku: 'cup', user: 'ann' });
  const b = reserve({ sku: 'cup', user: 'bob' });
  const more = reserve({ sku: 'cup', user: 'ann', quantity: 2 });
  const creation = configure('cup', { total: 5 });
  await site.log.appendCommands([creation, a, a, b, more, b, creation, a]);
  await site.applied();
  const expected = ['CONFIGURED', 'RESERVED', 'DUPLICATE', 'RESERVED', 'KEY_REUSED', 'DUPLICATE', 'DUPLICATE', 'DUPLICATE'];
  expect(await site.decisions('cup')).toEqual(expected);
  expect((await site.sql.query(`select reserved from stock where sku_id = 'cup'`)).rows).toEqual([{ reserved: 2 }]);
  expect((await site.sql.query(`select from ledger where sku_id = 'cup'`)).rowCount).toBe(1);
});

test('of a decided request: 200 with the decision', async () => {
  const ask = { sku: 'coat', user: 'ann', key: 'decided', wait: 10 };
  const first = await client.reserve(ask);
  expect(first).toMatchObject({ status: 201, body: { status: 'RESERVED' } });
  const again = await client.reserve({ ...ask, wait: 0 });
  expect(again).toMatchObject({ status: 200, headers: { 'idempotent-replayed': 'true' }, body: first.body });
});

test('of an undecided one: 200, QUEUED, under the same id; and one decision for both', async () => {
  await gate.close();
  const ask = { sku: 'coat', user: 'bob', key: 'undecided' };
  const first = await client.reserve(ask);
  expect(first).toMatchObject({ status: 202, body: { status: 'QUEUED' } });
  const { reservationId } = first.body;
  expect(await client.reserve(ask)).toMatchObject({ status: 200, body: { status: 'QUEUED', reservationId } });
  await gate.open();
  expect(await client.reservation(reservationId, 10)).toMatchObject({ status: 200, body: { status: 'RESERVED', reservationId } });
  expect((await site.sql.query(`select from reservations where user_id = 'bob' and sku_id = 'coat'`)).rowCount).toBe(1);
});

test('of one that Redis has forgotten: 202 under the same id, and the writer notes a repeat', async () => {
  const ask = { sku: 'coat', user: 'cat', key: 'forgotten' };
  const { body } = await client.reserve({ ...ask, wait: 10 });
  await site.forgetHints();
  const again = await client.reserve(ask);
  expect(again).toMatchObject({ status: 202, body: { reservationId: body.reservationId } });
  await site.applied();
  expect((await site.decisions('coat')).at(-1)).toBe('DUPLICATE');
  expect((await client.reservation(body.reservationId)).body).toMatchObject({ status: 'RESERVED', version: body.version });
});

test('with another body: 422, also on another SKU', async () => {
  const ask = { sku: 'coat', user: 'dan', key: 'reused' };
  await client.reserve({ ...ask, wait: 10 });
  await client.open('hat', 5);
  const { length } = await site.decisions('coat');
  for (const other of [{ quantity: 2 }, { sku: 'hat' }]) {
    expect(await client.reserve({ ...ask, ...other })).toMatchObject({ status: 422, body: { code: 'KEY_REUSED' } });
  }
  await site.applied();
  expect(await site.decisions('coat')).toHaveLength(length);
});

test('with another body, where Redis has forgotten the first: refused by the writer, and the first stays as it is', async () => {
  const ask = { sku: 'coat', user: 'eve', key: 'reused later' };
  const first = await client.reserve({ ...ask, wait: 10 });
  await site.forgetHints();
  expect((await client.reserve({ ...ask, quantity: 2 })).body.reservationId).toBe(first.body.reservationId);
  await site.applied();
  expect((await site.decisions('coat')).at(-1)).toBe('KEY_REUSED');
  expect((await client.reservation(first.body.reservationId, 5)).body).toMatchObject(first.body);
});

test('the same key of another buyer is another reservation', async () => {
  const ids = await Promise.all(['fay', 'gus'].map((user) => client.reserve({ sku: 'coat', user, key: 'same' })));
  expect(new Set(ids.map(({ body }) => body.reservationId)).size).toBe(2);
});

test('the recount finds nothing wrong', async () => {
  expect((await site.recount()).faults).toEqual({});
});
