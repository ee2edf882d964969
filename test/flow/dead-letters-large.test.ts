import { CompressionTypes, Partitioners } from 'kafkajs';
import { loadConfig } from '../../src/config.js';
import { createKafka } from '../../src/connections/kafka.js';
import { COMMAND_VERSION } from '../../src/domain/command.js';
import { configure, reserve, skusIn } from '../support/commands.js';
import { eventually } from '../support/eventually.js';
import { recordingLog } from '../support/log.js';
import { PARTITIONS, Site } from '../support/site.js';

/**
 * Records as long as the broker takes them, and longer once they are unpacked: each is set aside with its bytes, told on the topic of the dead
 * letters, and in nobody's way (I9).
 */
const PARTITION = 1;
const [SKU = ''] = skusIn(PARTITION, PARTITIONS, 'sku', 1);
/** The broker's limit for a batch, less what a batch and its one record need around the value. */
const LONGEST = 1_048_588 - 100;

let site: Site;

beforeAll(async () => {
  site = await Site.open();
  await site.startWriter();
});

afterAll(() => site.close());

const garbage = (bytes: number): string => `{"no JSON": ${'x'.repeat(bytes - 12)}`;
const padded = (user: string, change: object): string =>
  JSON.stringify({ version: COMMAND_VERSION, ...reserve({ sku: SKU, user }), ...change, unknown: 'x'.repeat(900_000) });

const MILLION = garbage(1_000_000);
const FUTURE = padded('from-tomorrow', { version: COMMAND_VERSION + 1 });
const LIMIT = garbage(LONGEST);
const UNPACKED = garbage(5_000_000);

/** A record of the log that takes a hundredth of its length there. */
async function appendCompressed(value: string): Promise<void> {
  const { kafka } = loadConfig(site.environmentOfTools());
  const producer = createKafka(kafka, recordingLog()).producer({ createPartitioner: Partitioners.DefaultPartitioner });
  await producer.connect();
  await producer.send({
    topic: kafka.topic.name,
    compression: CompressionTypes.GZIP,
    messages: [{ partition: PARTITION, key: SKU, value }],
  });
  await producer.disconnect();
}

test('their neighbours are decided, and so is a command with a long field that nobody knows', async () => {
  const append = (value: string): Promise<void> => site.log.append([{ partition: PARTITION, key: SKU, value }]);
  await site.log.appendCommands([configure(SKU, { total: 10 }), reserve({ sku: SKU, user: 'ann' })]);
  await append(MILLION);
  await site.log.appendCommands([reserve({ sku: SKU, user: 'bob' })]);
  await append(FUTURE);
  await append(LIMIT);
  await appendCompressed(UNPACKED);
  await append(padded('cat', {}));
  await site.log.appendCommands([reserve({ sku: SKU, user: 'dan' })]);
  await append(garbage(20));
  await site.applied();
  expect(await site.decisions(SKU)).toEqual(['CONFIGURED', 'RESERVED', 'RESERVED', 'RESERVED', 'RESERVED']);
});

test('each is kept with its bytes', async () => {
  const { rows } = await site.sql.query('select reason, value from dead_letters order by log_offset');
  const found = rows.map(({ reason, value }) => [reason, value.length]);
  expect(found).toEqual([
    ['INVALID_JSON', MILLION.length],
    ['UNKNOWN_VERSION', FUTURE.length],
    ['INVALID_JSON', LIMIT.length],
    ['INVALID_JSON', UNPACKED.length],
    ['INVALID_JSON', 20],
  ]);
  expect(
    rows.map(({ value }) => String(value) === MILLION || [FUTURE, LIMIT, UNPACKED, garbage(20)].includes(String(value))),
  ).not.toContain(false);
});

test('and published, but for the bytes of one that no broker takes', async () => {
  await eventually(async () => (await site.sql.query('select from dead_letters where published_at is null')).rows.length === 0);
  const published = await site.letters.read();
  expect(published.map(({ value, headers }) => [value?.length ?? null, headers?.['bytes-left-out'] ?? null])).toEqual([
    [MILLION.length, null],
    [FUTURE.length, null],
    [LIMIT.length, null],
    [null, String(UNPACKED.length + SKU.length)],
    [20, null],
  ]);
  expect(published[2]?.value).toBe(LIMIT);
  const { faults } = await site.recount();
  expect(faults).toEqual({});
});

test('an operator is shown how it begins, and told that the brokers do not take it again', async () => {
  const { client } = await site.startApi();
  const { body } = await client.get('/v1/admin/dead-letters');
  const longest = (body.deadLetters as { id: string; bytes: number }[]).find(({ bytes }) => bytes === UNPACKED.length + SKU.length);
  const shown = await client.get(`/v1/admin/dead-letters/${longest?.id}`);
  expect(shown.body).toMatchObject({ state: 'WAITING', value: { bytes: UNPACKED.length, text: null, isCut: true } });
  const redriven = await client.post(`/v1/admin/dead-letters/${longest?.id}/redrive`);
  expect(redriven).toMatchObject({ status: 409, body: { code: 'DEAD_LETTER_TOO_LARGE' } });
  const all = await client.post('/v1/admin/dead-letters/redrive');
  expect(all.body).toMatchObject({ redriven: 4, refused: 1, next: null, refusals: [{ id: longest?.id, code: 'DEAD_LETTER_TOO_LARGE' }] });
});
