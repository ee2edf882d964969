import { configure } from '../support/commands.js';
import { eventually } from '../support/eventually.js';
import { type OpenApi, Site } from '../support/site.js';

/** What is refused before the log, by hints that may be wrong in one direction only: towards asking the writer. */
let site: Site;
let client: OpenApi['client'];

beforeAll(async () => {
  site = await Site.open();
  await site.startWriter();
  ({ client } = await site.startApi());
});

afterAll(() => site.close());

const logged = async (): Promise<number> => [...(await site.log.ends()).values()].reduce((sum, end) => sum + end, 0);

test('sold out by a fresh hint: refused without a trace, and the key stays usable', async () => {
  await client.open('tent', 1);
  await client.reserve({ sku: 'tent', user: 'ann', wait: 10 });
  const ask = { sku: 'tent', user: 'bob', key: 'tent-bob' };
  await site.redis.hset(site.hintKey('tent'), 'refuse_until', Date.now() + 60_000);
  const before = await logged();
  const refused = await client.reserve(ask);
  expect(refused).toMatchObject({ status: 409, body: { code: 'SOLD_OUT' }, headers: { 'retry-after': expect.any(String) } });
  expect(refused.body).not.toHaveProperty('reservationStatus');
  expect(await logged()).toBe(before);
  await site.redis.hset(site.hintKey('tent'), 'refuse_until', Date.now() - 1);
  expect(await client.reserve(ask)).toMatchObject({ status: 202 });
});

test('a hint that has expired refuses nobody: the request goes to the log, is decided there, and renews the hint', async () => {
  await client.open('raft', 1);
  await client.reserve({ sku: 'raft', user: 'ann', wait: 10 });
  await eventually(async () => (await site.redis.hget(site.hintKey('raft'), 'available')) === '0');
  await site.redis.hset(site.hintKey('raft'), 'refuse_until', Date.now() - 1);
  const decided = await client.reserve({ sku: 'raft', user: 'bob', wait: 10 });
  expect(decided).toMatchObject({ status: 409, body: { code: 'SOLD_OUT', reservationStatus: 'REJECTED' } });
  await eventually(async () => Number(await site.redis.hget(site.hintKey('raft'), 'refuse_until')) > Date.now());
});

test('before it opens and after it closes: refused at the door, and by the writer where the door knows nothing', async () => {
  const hour = 3_600_000;
  const at = (ms: number): string => new Date(Date.now() + ms).toISOString();
  await client.open('early', 5, { opensAt: at(hour) });
  await client.open('late', 5, { opensAt: at(-2 * hour), closesAt: at(-hour) });
  for (const [sku, code] of [
    ['early', 'SALE_NOT_OPEN'],
    ['late', 'SALE_CLOSED'],
  ] as const) {
    await eventually(() => site.redis.exists(site.hintKey(sku)).then(Boolean));
    const before = await logged();
    const refused = await client.reserve({ sku, user: 'ann', wait: 10 });
    expect(refused).toMatchObject({ status: 409, body: { code } });
    expect(refused.body).not.toHaveProperty('reservationStatus');
    expect(await logged()).toBe(before);
    await site.redis.del(site.hintKey(sku));
    const decided = await client.reserve({ sku, user: 'ann', wait: 10 });
    expect(decided).toMatchObject({ status: 409, body: { code, reservationStatus: 'REJECTED' } });
  }
});

test('paused, then open again: the refusal that was decided sticks, others go on', async () => {
  await client.open('boat', 5);
  await site.log.appendCommands([configure('boat', { version: 1 }, { state: 'PAUSED' })]);
  await site.applied();
  await site.forgetHints();
  const refused = await client.reserve({ sku: 'boat', user: 'ann', key: 'boat-ann', wait: 10 });
  expect(refused).toMatchObject({ status: 409, body: { code: 'SALE_PAUSED', reservationStatus: 'REJECTED' } });
  await eventually(async () => {
    const atTheDoor = await client.reserve({ sku: 'boat', user: 'bob' });
    expect(atTheDoor).toMatchObject({ status: 409, body: { code: 'SALE_PAUSED' } });
    expect(atTheDoor.body).not.toHaveProperty('reservationStatus');
  });
  await site.log.appendCommands([configure('boat', { version: 2 }, { state: 'OPEN' })]);
  await eventually(async () => expect(await client.reserve({ sku: 'boat', user: 'cat', wait: 10 })).toMatchObject({ status: 201 }));
  expect((await client.reserve({ sku: 'boat', user: 'ann', key: 'boat-ann' })).body).toMatchObject({
    status: 'REJECTED',
    reason: 'SALE_PAUSED',
  });
});

test('too many units: 422 by the hint, and by the writer', async () => {
  await client.open('oar', 50, { maxQuantity: 2 });
  await eventually(() => site.redis.exists(site.hintKey('oar')).then(Boolean));
  const refused = await client.reserve({ sku: 'oar', user: 'ann', quantity: 3 });
  expect(refused).toMatchObject({ status: 422, body: { code: 'QUANTITY_TOO_LARGE' } });
  await site.forgetHints();
  const decided = await client.reserve({ sku: 'oar', user: 'ann', quantity: 3, wait: 10 });
  expect(decided).toMatchObject({ status: 422, body: { code: 'QUANTITY_TOO_LARGE', reservationStatus: 'REJECTED' } });
});

test('the recount finds nothing wrong', async () => {
  expect((await site.recount()).faults).toEqual({});
});
