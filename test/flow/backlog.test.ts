import { CHUNK_MAX_RECORDS } from '../../src/domain/limits.js';
import { configure, reserve } from '../support/commands.js';
import { type CommitGate, commitGate, PATIENT } from '../support/commit-gate.js';
import { eventually } from '../support/eventually.js';
import { PARTITIONS, Site } from '../support/site.js';

/** Writers that stop, start and take over: every command is decided once, where it stands in the log. */
const COMMANDS = 3_000;
const UNITS = 1_000;

let site: Site;
let gate: CommitGate;

beforeAll(async () => {
  site = await Site.open(PATIENT);
  gate = await commitGate(site.database.url);
});

afterEach(() => gate.open());

afterAll(async () => {
  await gate.end();
  await site.close();
});

const backlogOf = (sku: string) =>
  Array.from({ length: COMMANDS }, (_, n) => reserve({ sku, user: `buyer-${n % 1_500}`, key: n % 10 === 0 ? 'same' : `${n}` }));

async function decided(): Promise<number> {
  const { rows } = await site.sql.query<{ decided: number }>('select coalesce(sum(sequence), 0)::int as decided from stock');
  return rows[0]?.decided ?? 0;
}

test('a backlog of 3,000, and a writer that is stopped in the middle of it: the next one goes on from there', async () => {
  const writer = await site.startWriter();
  await site.log.appendCommands([configure('bike', { total: UNITS }, { perUserLimit: 2 })]);
  await site.applied();
  await writer.stop();
  await site.log.appendCommands(backlogOf('bike'));

  const middle = COMMANDS / 2;
  await gate.close(middle);
  const next = await site.startWriter();
  await eventually(async () => (await gate.waiting()) === 1);
  const stopped = next.stop();
  await gate.open();
  await stopped;
  const half = await decided();
  expect(half).toBeGreaterThanOrEqual(middle);
  // The chunk that was being committed, and not the one that was decided on top of it.
  expect(half).toBeLessThanOrEqual(middle + CHUNK_MAX_RECORDS);
  // The commit that was under way is in the position too: nothing is left to be skipped.
  const { rows } = await site.sql.query('select next_offset::int as next from partitions where next_offset > 1');
  expect(rows).toEqual([{ next: half }]);

  await site.startWriter();
  await site.applied();
  expect(await decided()).toBe(COMMANDS + 1);
  const { rows: stock } = await site.sql.query('select reserved from stock');
  expect(stock).toEqual([{ reserved: UNITS }]);
});

test('partitions move to another writer, and back, in mid-sale', async () => {
  const skus = Array.from({ length: PARTITIONS * 3 }, (_, n) => `kite-${n}`);
  await site.log.appendCommands(skus.map((sku) => configure(sku, { total: 1_000 })));
  let asked = 0;
  const more = async (): Promise<void> => {
    for (let n = 0; n < 20; n += 1) {
      asked += 1;
      await site.log.appendCommands(skus.map((sku) => reserve({ sku, user: `buyer-${asked}` })));
    }
  };
  for (let round = 0; round < 2; round += 1) {
    const { log, stop } = await site.startWriter();
    const joined = eventually(() => log.lines.some(({ message }) => message === 'took over partitions'));
    await more();
    await joined;
    await more();
    const leaving = stop();
    await more();
    await leaving;
  }
  await site.applied();
  const { rows } = await site.sql.query(`select distinct reserved from stock where sku_id like 'kite-%'`);
  expect(rows).toEqual([{ reserved: asked }]);
});

test('the recount finds nothing wrong', async () => {
  expect((await site.recount()).faults).toEqual({});
});
