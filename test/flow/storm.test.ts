import { type OpenApi, Site } from '../support/site.js';

/** Six times as many requests as units, all at once, over two API processes and two writers. */
const UNITS = 100;
const BUYERS = 300;

let site: Site;
let apis: [OpenApi, OpenApi];

beforeAll(async () => {
  site = await Site.open();
  await Promise.all([site.startWriter(), site.startWriter()]);
  apis = await Promise.all([site.startApi(), site.startApi()]);
});

afterAll(() => site.close());

test('every unit is reserved, none twice, and no buyer gets two by asking twice', async () => {
  const [one, other] = apis;
  await one.client.open('ticket', UNITS, { perUserLimit: 1 });
  const answers = await Promise.all(
    Array.from({ length: BUYERS }, (_, n) => {
      const ask = { sku: 'ticket', user: `buyer-${n}`, key: `${n}` };
      // A double click for half of them, two tabs for the others.
      return [one.client.reserve(ask), other.client.reserve({ ...ask, key: n % 2 === 0 ? ask.key : `${n}-again` })];
    }).flat(),
  );
  for (const { status, body } of answers) {
    if (status === 409) expect(['SOLD_OUT', 'USER_LIMIT_EXCEEDED']).toContain(body.code);
    else expect([200, 202]).toContain(status);
  }
  const { faults, totals } = await site.recount();
  expect(faults).toEqual({});
  expect(totals.reserved).toBe(UNITS);
  const { rows } = await site.sql.query(`select count(distinct user_id)::int as buyers from reservations where status = 'RESERVED'`);
  expect(rows).toEqual([{ buyers: UNITS }]);

  const found = await Promise.all([...site.accepted].map((id) => one.client.reservation(id)));
  const told = found.map(({ status, body }) => [status, body.status]);
  expect(told.filter(([, status]) => status === 'RESERVED')).toHaveLength(UNITS);
  expect(new Set(told.map(String))).toEqual(new Set(['200,RESERVED', '200,REJECTED']));
});
