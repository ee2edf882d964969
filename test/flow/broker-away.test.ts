import type { Reply } from '../support/client.js';
import { eventually } from '../support/eventually.js';
import { kafkaLink } from '../support/kafka-link.js';
import type { RunningWriterRole } from '../support/service.js';
import { type OpenApi, Site } from '../support/site.js';

/** The broker cannot be reached for a while: by nobody who takes requests, by nobody who decides them. */
const DEADLINE_MS = 1_000;

let site: Site;
let link: Awaited<ReturnType<typeof kafkaLink>>;
let client: OpenApi['client'];
let writer: RunningWriterRole;

beforeAll(async () => {
  link = await kafkaLink(process.env.FLASHSALE_KAFKA_BROKERS ?? '');
  site = await Site.open({
    FLASHSALE_KAFKA_BROKERS: link.broker,
    FLASHSALE_PUBLISH_DEADLINE_MS: String(DEADLINE_MS),
    FLASHSALE_KAFKA_REQUEST_TIMEOUT_MS: '2000',
    FLASHSALE_CONNECT_TIMEOUT_MS: '1000',
  });
  writer = await site.startWriter();
  ({ client } = await site.startApi());
});

afterAll(async () => {
  link.restore();
  await site.close();
  await link.close();
});

const crowd = (sku: string, from: number, to: number): Promise<Reply[]> =>
  Promise.all(Array.from({ length: to - from }, (_, n) => client.reserve({ sku, user: `buyer-${from + n}`, key: `${sku}-${from + n}` })));

const hasCrashed = (): boolean => writer.log.lines.some(({ message }) => message.startsWith('the consumer is lost'));
const isDead = async (): Promise<boolean> => (await site.log.members(site.group)) === 0;

test.each([
  ['gone, until the client library gave up', () => link.cut(), hasCrashed],
  ['silent, until the writer counts as dead', () => link.hang(), isDead],
])('%s: 503 with Retry-After within the deadline, nothing lost, and all goes on by itself', async (how, fail, long) => {
  const sku = `sofa-${how.slice(0, 4)}`;
  await client.open(sku, 60);
  const before = await crowd(sku, 0, 30);
  fail();
  const during = await crowd(sku, 30, 60);
  for (const { status, body, headers, ms } of during) {
    const answer = { status, code: body.code, retryAfter: headers['retry-after'] };
    expect(answer).toEqual({ status: 503, code: 'LOG_UNAVAILABLE', retryAfter: expect.stringMatching(/^[12]$/) });
    expect(body).not.toHaveProperty('reservationStatus');
    expect(ms).toBeLessThan(DEADLINE_MS + 1_000);
  }
  // A 503 decides nothing: what was accepted before can still be read.
  expect((await client.reservation(before[0]?.body.reservationId)).status).toBe(200);
  await eventually(long);

  link.restore();
  const again = await eventually(async () => {
    const replies = await crowd(sku, 30, 60);
    expect(new Set(replies.map(({ status }) => Math.floor(status / 100)))).toEqual(new Set([2]));
    return replies;
  });
  await site.applied();
  const { rows } = await site.sql.query('select reservation_id as id, status from reservations where sku_id = $1 order by id', [sku]);
  const ids = [...before, ...again].map(({ body }) => body.reservationId).sort();
  expect(rows).toEqual(ids.map((id) => ({ id, status: 'RESERVED' })));
});

test('the recount finds nothing wrong', async () => {
  expect((await site.recount()).faults).toEqual({});
});
