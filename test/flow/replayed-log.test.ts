import { configure, reserve } from '../support/commands.js';
import { eventually } from '../support/eventually.js';
import type { RunningWriterRole } from '../support/service.js';
import { Site } from '../support/site.js';

/** Records that come again, whichever way, change nothing (I4). */
let site: Site;
let writer: RunningWriterRole;

const SKUS = ['desk', 'lamp', 'rug'];
const BUYERS = 200;
const commands = SKUS.flatMap((sku) => [
  configure(sku, { total: 100 }, { perUserLimit: 2 }),
  // Every tenth asks twice under one key, every seventh for more than the limit.
  ...Array.from({ length: BUYERS }, (_, n) =>
    reserve({ sku, user: `buyer-${n}`, quantity: n % 7 === 0 ? 3 : 1, key: `${n - (n % 10 === 9 ? 1 : 0)}` }),
  ),
]);

beforeAll(async () => {
  site = await Site.open();
  writer = await site.startWriter();
  await site.log.appendCommands([...commands, reserve({ sku: 'nothing', user: 'ann' })]);
  await site.log.append([{ partition: 0, key: 'desk', value: '{' }]);
  await site.applied();
});

afterAll(() => site.close());

async function truth(tables: readonly string[]): Promise<unknown[]> {
  const found = [];
  for (const table of tables) found.push((await site.sql.query(`select * from ${table} order by 1, 2, 3`)).rows);
  return found;
}

test('the same records appended again are repeats', async () => {
  const rows = await truth(['reservations', 'operator_log']);
  const before = await site.sql.query('select sku_id, total, reserved from stock order by sku_id');
  const first = (sku: string) => commands.filter((command) => command.skuId === sku).length;
  const logged = await site.log.read();
  await site.log.append(logged.filter(({ value }) => value !== '{'));
  await site.applied();
  expect(await truth(['reservations', 'operator_log'])).toEqual(rows);
  expect((await site.sql.query('select sku_id, total, reserved from stock order by sku_id')).rows).toEqual(before.rows);
  for (const sku of SKUS) {
    const again = (await site.decisions(sku)).slice(first(sku));
    expect(again).toHaveLength(BUYERS + 1);
    expect(new Set(again)).toEqual(new Set(['DUPLICATE']));
  }
});

test('the whole log read again from the first record changes not a byte, and tells Redis what it had lost', async () => {
  const tables = ['stock', 'reservations', 'ledger', 'operator_log', 'dead_letters'];
  // Published beside the decisions, and noted then.
  await eventually(async () => (await site.sql.query('select from dead_letters where published_at is null')).rowCount === 0);
  const before = await truth(tables);
  await writer.stop();
  await site.sql.query('update partitions set next_offset = 0, fingerprint = null');
  await site.forgetHints();
  writer = await site.startWriter();
  await site.applied();
  expect(await truth(tables)).toEqual(before);
  await eventually(async () => {
    const told = await site.redis.exists(
      commands.flatMap((command) => (command.type === 'reserve' ? [site.statusKey(command.reservationId)] : [])),
    );
    expect(told).toBe(SKUS.length * BUYERS);
  });
});

test('the log read again from some record in the middle changes nothing either', async () => {
  const before = await truth(['stock', 'reservations', 'ledger']);
  await writer.stop();
  // Without a fingerprint the record before the position is not compared.
  await site.sql.query('update partitions set next_offset = next_offset / 2, fingerprint = null');
  writer = await site.startWriter();
  await site.applied();
  expect(await truth(['stock', 'reservations', 'ledger'])).toEqual(before);
});

test('the recount finds nothing wrong', async () => {
  expect((await site.recount()).faults).toEqual({});
});
