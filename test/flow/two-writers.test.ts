import { configure, reserve } from '../support/commands.js';
import { type CommitGate, commitGate, PATIENT } from '../support/commit-gate.js';
import { eventually } from '../support/eventually.js';
import type { RunningWriterRole } from '../support/service.js';
import { Site } from '../support/site.js';

/**
 * Two writers that both believe to own every partition: one is in a consumer group of its own, so nobody tells it otherwise. The fence is
 * the compare-and-set on the SKU's head (I6), and the loser learns by it, not by an error.
 */
let site: Site;
let gate: CommitGate;
let writers: [RunningWriterRole, RunningWriterRole];

beforeAll(async () => {
  site = await Site.open(PATIENT);
  gate = await commitGate(site.database.url);
  const rightful = await site.startWriter();
  await site.log.appendCommands([configure('pen', { total: 3 })]);
  await site.applied();
  // Begins behind that command: whether the two met at it would be chance.
  writers = [rightful, await site.startWriter({ FLASHSALE_CONSUMER_GROUP: `${site.database.name}-rogue` })];
});

afterEach(() => gate.open());

afterAll(async () => {
  await gate.end();
  await site.close();
});

const batches = async (result: string): Promise<number> => {
  const counts = await Promise.all(writers.map(({ metric }) => metric('flashsale_batch_processed_total', { result })));
  return counts.reduce((sum, count) => sum + count, 0);
};

test('of two that decided the same records at the same head, one commits and the other changes nothing', async () => {
  for (let round = 0; round < 3; round += 1) {
    const lost = await batches('lost');
    await gate.close();
    await site.log.appendCommands([1, 2, 3].map((n) => reserve({ sku: 'pen', user: `buyer-${round}-${n}` })));
    await eventually(async () => (await gate.waiting()) === writers.length);
    await gate.open();
    await site.applied();
    await eventually(async () => (await batches('lost')) === lost + 1);
  }
  expect(await site.decisions('pen')).toEqual(['CONFIGURED', ...Array(3).fill('RESERVED'), ...Array(6).fill('SOLD_OUT')]);
});

test('a whole sale with both at work is decided once', async () => {
  const skus = ['ink', 'ruler', 'paper', 'glue'];
  await site.log.appendCommands(skus.map((sku) => configure(sku, { total: 200 }, { perUserLimit: 2 })));
  // Requests of different sizes, so that the two cut their chunks at different places.
  for (let n = 0; n < 3_000; ) {
    const size = 1 + ((n * 7) % 300);
    const asks = Array.from({ length: size }, (_, at) =>
      reserve({ sku: skus[(n + at) % 4] ?? '', user: `buyer-${(n + at) % 700}`, key: `${(n + at) % 2_500}` }),
    );
    await site.log.appendCommands(asks);
    n += size;
  }
  await site.applied();
  const { rows } = await site.sql.query('select reserved from stock where sku_id = any($1)', [skus]);
  expect(rows).toEqual(skus.map(() => ({ reserved: 200 })));
});

test('neither failed nor stopped', async () => {
  // The loser gets to the end of the log too.
  await eventually(async () => {
    const lag = await Promise.all(writers.map(({ metric }) => metric('flashsale_kafka_consumer_lag')));
    expect(lag).toEqual([0, 0]);
  });
  expect(await batches('failed')).toBe(0);
  expect(writers.map(({ health }) => health())).toEqual([[], []]);
});

test('the recount finds nothing wrong', async () => {
  expect((await site.recount()).faults).toEqual({});
});
