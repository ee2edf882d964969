import { reserve } from '../support/commands.js';
import { eventually } from '../support/eventually.js';
import { type OpenApi, Site } from '../support/site.js';

let site: Site;
let client: OpenApi['client'];

beforeAll(async () => {
  site = await Site.open();
  await site.startWriter();
  ({ client } = await site.startApi());
});

afterAll(() => site.close());

test('at the door: 404, and nothing enters the log', async () => {
  const answer = await client.reserve({ sku: 'ghost', user: 'ann' });
  expect(answer).toMatchObject({ status: 404, body: { code: 'UNKNOWN_SKU' } });
  expect(answer.body).not.toHaveProperty('reservationStatus');
  expect(await client.availability('ghost')).toMatchObject({ status: 404 });
  expect([...(await site.log.ends()).values()]).toEqual([0, 0, 0, 0]);
});

test('in the log: refused, numbered and chained like any other, on a stub that nobody sees', async () => {
  const asks = [reserve({ sku: 'ghost', user: 'ann' }), reserve({ sku: 'ghost', user: 'bob' })];
  await site.log.appendCommands(asks);
  await site.applied();
  expect(await site.decisions('ghost')).toEqual(['UNKNOWN_SKU', 'UNKNOWN_SKU']);
  const { rows } = await site.sql.query('select state, total, sequence::int from stock');
  expect(rows).toEqual([{ state: 'UNKNOWN', total: 0, sequence: 2 }]);
  const read = await client.reservation(asks[1]?.reservationId);
  expect(read).toMatchObject({ status: 200, body: { status: 'REJECTED', reason: 'UNKNOWN_SKU', sequence: 2 } });
  expect(await client.availability('ghost')).toMatchObject({ status: 404 });
});

test('once created, it is on sale, and its numbers go on; the refusals stick', async () => {
  const created = await client.putSku('ghost', { total: 5 });
  expect(created).toMatchObject({ status: 201, body: { sequence: 3, version: 3, total: 5, available: 5 } });
  // An API process believes in "no such SKU" for a moment.
  const answer = await eventually(async () => {
    const asked = await client.reserve({ sku: 'ghost', user: 'cat', key: 'ghost-cat', wait: 10 });
    return asked.status !== 404 && asked;
  });
  expect(answer).toMatchObject({ status: 201, body: { sequence: 4 } });
  await site.log.appendCommands([reserve({ sku: 'ghost', user: 'ann' })]);
  await site.applied();
  expect((await site.decisions('ghost')).at(-1)).toBe('DUPLICATE');
});

test('the recount finds nothing wrong', async () => {
  expect((await site.recount()).faults).toEqual({});
});
