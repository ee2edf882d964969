import { type OpenApi, Site } from '../support/site.js';

/** Order of arrival, whoever took the requests and whoever decides them. */
const SKUS = ['apple', 'birch', 'cedar', 'daisy', 'elder'];
const UNITS = 20;
const BUYERS = 40;

let site: Site;
let apis: [OpenApi, OpenApi];

beforeAll(async () => {
  site = await Site.open();
  await site.startWriter();
  apis = [await site.startApi(), await site.startApi()];
});

afterAll(() => site.close());

test('the order of decisions is the order in the log, over interleaved SKUs, two API processes and two writers', async () => {
  const [one, other] = apis;
  await Promise.all(SKUS.map((sku) => one.client.open(sku, UNITS, { perUserLimit: 1 })));
  const second = site.startWriter();
  const asks = Array.from({ length: BUYERS }, (_, n) => SKUS.map((sku) => ({ sku, user: `buyer-${n}`, key: `${sku}-${n}` }))).flat();
  await Promise.all(
    asks.flatMap((ask, at) => {
      const [first, then] = at % 2 === 0 ? [one, other] : [other, one];
      // One in five clicks twice, and the second click goes the other way.
      return at % 5 === 0 ? [first.client.reserve(ask), then.client.reserve(ask)] : [first.client.reserve(ask)];
    }),
  );
  await second;
  await site.applied();

  const logged = await site.log.read();
  for (const sku of SKUS) {
    const ids = logged.flatMap(({ key, value }) => (key === sku ? (JSON.parse(value ?? '{}').reservationId ?? []) : []));
    const expected = [...new Set<string>(ids)].map((id, at) => ({ id, status: at < UNITS ? 'RESERVED' : 'REJECTED' }));
    expect(expected.length).toBeGreaterThanOrEqual(UNITS);
    const { rows } = await site.sql.query('select reservation_id as id, status from reservations where sku_id = $1 order by sequence', [
      sku,
    ]);
    expect(rows).toEqual(expected);
  }
});

test('the recount finds nothing wrong', async () => {
  const { faults, totals } = await site.recount();
  expect(faults).toEqual({});
  expect(totals.reserved).toBe(SKUS.length * UNITS);
});
