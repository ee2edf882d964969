import { configure, reserve, skusIn } from '../support/commands.js';
import type { RunningWriterRole } from '../support/service.js';
import { type OpenApi, PARTITIONS, Site } from '../support/site.js';
import type { RawMessage } from '../support/topic-log.js';

/** Whoever can write to the topic can write anything: what cannot be decided is set aside, and its neighbours go on (I9, I12). */
const PARTITION = 1;
const [GOOD = '', NEIGHBOUR = ''] = skusIn(PARTITION, PARTITIONS, 'good', 2);
const [ELSEWHERE = ''] = skusIn(2, PARTITIONS, 'elsewhere', 1);

let site: Site;
let writer: RunningWriterRole;
let client: OpenApi['client'];

beforeAll(async () => {
  site = await Site.open();
  writer = await site.startWriter();
  ({ client } = await site.startApi());
});

afterAll(() => site.close());

const future = reserve({ sku: GOOD, user: 'from-tomorrow' });
const misplaced = reserve({ sku: ELSEWHERE, user: 'lost' });

/** Each with what the writer makes of it, null where it decides it. */
function records(): [RawMessage, string | null][] {
  const at = (value: string | null, key: string | null = GOOD): RawMessage => ({ partition: PARTITION, key, value });
  const good = (user: string): [RawMessage, null] => [site.log.message(reserve({ sku: GOOD, user })), null];
  const odd = (change: object): string => JSON.stringify({ version: 1, ...reserve({ sku: GOOD, user: 'odd' }), ...change });
  return [
    [site.log.message(configure(GOOD, { total: 10 })), null],
    good('ann'),
    [at(null), 'TOMBSTONE'],
    [at('{"version":1,'), 'INVALID_JSON'],
    [at('[1]'), 'INVALID_JSON'],
    good('bob'),
    [at(odd({}), NEIGHBOUR), 'WRONG_KEY'],
    [at(odd({}), null), 'WRONG_KEY'],
    [{ ...site.log.message(misplaced), partition: PARTITION }, 'WRONG_PARTITION'],
    [at(JSON.stringify({ ...future, version: 2 })), 'UNKNOWN_VERSION'],
    [at(odd({ type: 'conjure' })), 'UNKNOWN_TYPE'],
    [at(odd({ quantity: 1.5 })), 'INVALID_COMMAND'],
    [at(odd({ userId: 'nul\0' })), 'INVALID_COMMAND'],
    [at(odd({ reservationId: misplaced.reservationId, commandId: misplaced.reservationId })), 'INVALID_COMMAND'],
    good('cat'),
  ];
}

test('each becomes a dead letter with its reason and its bytes; its neighbours are decided; the position moves on', async () => {
  const all = records();
  await site.log.append(all.map(([message]) => message));
  await site.applied();
  const { rows } = await site.sql.query('select log_offset::int as "offset", key, value, reason from dead_letters order by log_offset');
  const dead = all.flatMap(([{ key, value }, reason], offset) =>
    reason === null ? [] : [{ offset, key: bytes(key), value: bytes(value), reason }],
  );
  expect(rows).toEqual(dead);
  expect(await site.decisions(GOOD)).toEqual(['CONFIGURED', 'RESERVED', 'RESERVED', 'RESERVED']);
  expect(await writer.metric('flashsale_dead_letters_total')).toBe(dead.length);
  expect(writer.health()).toEqual([]);
});

const bytes = (text: string | null): Buffer | null => (text === null ? null : Buffer.from(text));

test('none moves a watermark, its own SKU least of all', async () => {
  const { rows } = await site.sql.query('select sku_id, watermark::int from stock');
  expect(rows).toEqual([{ sku_id: GOOD, watermark: records().length - 1 }]);
});

test('a request that waits as a dead letter is neither there nor "not found"', async () => {
  const answer = await client.reservation(future.reservationId);
  expect(answer).toMatchObject({ status: 503, body: { code: 'STATUS_UNKNOWN' }, headers: { 'retry-after': expect.any(String) } });
});

test('read again, no letter is kept twice', async () => {
  const before = await site.sql.query('select log_offset, key, value, reason, stored_at from dead_letters order by log_offset');
  await writer.stop();
  await site.sql.query('update partitions set next_offset = 0, fingerprint = null');
  writer = await site.startWriter();
  await site.applied();
  expect((await site.sql.query('select log_offset, key, value, reason, stored_at from dead_letters order by log_offset')).rows).toEqual(
    before.rows,
  );
});

test('the recount accounts for every record', async () => {
  const { faults, partitions } = await site.recount();
  expect(faults).toEqual({});
  expect(partitions[PARTITION]).toMatchObject({ position: records().length, decided: 4, deadLetters: records().length - 4 });
});
