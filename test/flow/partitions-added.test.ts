import { configure, reserve } from '../support/commands.js';
import { eventually } from '../support/eventually.js';
import type { RunningWriterRole } from '../support/service.js';
import { PARTITIONS, Site } from '../support/site.js';

/** Somebody adds a partition to the topic in the middle of a sale, and processes come and go afterwards. */
let site: Site;
const SKUS = ['pen', 'ink', 'paper', 'ruler', 'glue', 'tape'];
const buyers = (round: number) => SKUS.flatMap((sku) => [1, 2, 3].map((n) => reserve({ sku, user: `buyer-${round}-${n}` })));

beforeAll(async () => {
  site = await Site.open();
});
afterAll(() => site.close());

const stoppedPartitions = async (writers: readonly RunningWriterRole[]) => {
  const stopped = await Promise.all(writers.map(({ metric }) => metric('flashsale_partition_stopped', { partition: String(PARTITIONS) })));
  return stopped.reduce((sum, count) => sum + count, 0);
};

test('the sale goes on in the partitions that it began in, and the new one is left alone', async () => {
  const first = await site.startWriter();
  await site.log.appendCommands(SKUS.map((sku) => configure(sku, { total: 7 })));
  await site.log.appendCommands(buyers(1));
  await site.applied();

  await site.log.addPartitions(PARTITIONS + 1);
  const second = await site.startWriter();
  await site.log.appendCommands(buyers(2));
  await eventually(async () => (await stoppedPartitions([first, second])) === 1);
  await first.stop();
  await eventually(async () => (await stoppedPartitions([second])) === 1);
  expect(second.health()).toEqual([{ name: `partition-${PARTITIONS}`, ok: true, detail: 'UNUSED' }]);

  const api = await site.startApi();
  const { status, body } = await api.client.reserve({ sku: 'pen', user: 'ann' });
  expect([status, body.status]).toEqual([202, 'QUEUED']);
  const { totals, faults } = await site.recount();
  expect(faults).toEqual({});
  expect([totals.reserved, totals.refused]).toEqual([SKUS.length * 6 + 1, {}]);
});
