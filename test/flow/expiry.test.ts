import { eventually } from '../support/eventually.js';
import { Site } from '../support/site.js';

/** Holds that nobody confirms: their units are on sale again soon after, and no later confirm takes them back. */
let site: Site;
let writer: Awaited<ReturnType<Site['startWriter']>>;

beforeAll(async () => {
  site = await Site.open();
  writer = await site.startWriter();
});

afterAll(() => site.close());

test('units come back within two seconds of their expiry, of 2,000 holds at once, and are sold again', async () => {
  const { client } = await site.startApi();
  await client.open('lamp', 2_000, { holdSeconds: 3 });
  const replies = await Promise.all(Array.from({ length: 2_000 }, (_, n) => client.reserve({ sku: 'lamp', user: `buyer-${n}`, wait: 10 })));
  expect(new Set(replies.map(({ status }) => status))).toEqual(new Set([201]));
  await eventually(async () => (await client.availability('lamp')).body.available === 2_000);

  const { rows } = await site.sql.query(`
    select max(extract(epoch from l.decided_at - r.expires_at))::float8 as late, count(*)::int as ended
    from ledger l, string_to_table(l.decisions, E'\\n') as line, reservations r
    where line::json ->> 1 = 'expire' and line::json ->> 3 = 'EXPIRED' and r.reservation_id = (line::json ->> 5)::uuid`);
  expect(rows[0].ended).toBe(2_000);
  expect(rows[0].late).toBeLessThan(2);
  expect((await client.reserve({ sku: 'lamp', user: 'late', wait: 5 })).status).toBe(201);
});

test('whoever confirms too late is refused, and told so, also where no sweep has come', async () => {
  const { client } = await site.startApi();
  await client.open('vase', 1, { holdSeconds: 1 });
  const { body } = await client.reserve({ sku: 'vase', user: 'slow', wait: 5 });
  await site.untilOver(String(body.reservationId));
  const refused = await client.change(body.reservationId, 'confirm', { paymentReference: 'pay-1' });
  expect([refused.status, refused.body.code]).toEqual([409, 'RESERVATION_EXPIRED']);
  expect((await client.reservation(body.reservationId)).body.status).toBe('EXPIRED');
});

test('a writer that takes over ends what became due while nobody was there', async () => {
  const { client } = await site.startApi();
  await client.open('sofa', 5, { holdSeconds: 2 });
  const held = await Promise.all(['a', 'b', 'c'].map((user) => client.reserve({ sku: 'sofa', user, wait: 5 })));
  await writer.stop();
  for (const { body } of held) await site.untilOver(String(body.reservationId));
  await site.startWriter();
  await eventually(async () => {
    const { rows } = await site.sql.query("select reserved from stock where sku_id = 'sofa'");
    return rows[0].reserved === 0;
  });
});

test('the recount finds nothing wrong', async () => {
  await site.applied();
  expect((await site.recount()).faults).toEqual({});
});
