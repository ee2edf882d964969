import fc from 'fast-check';
import type { Pool } from 'pg';
import { createTestDatabase, type TestDatabase } from '../../test/support/database.js';
import { byId } from '../../test/support/domain.js';
import { recordingLog } from '../../test/support/log.js';
import {
  chunksOf,
  commandsIn,
  configureOf,
  decidedInOneGo,
  logArbitrary,
  logOf,
  reserveOf,
  type Written,
} from '../../test/support/memory-log.js';
import { loadConfig } from '../config.js';
import { hotPool, plainPool } from '../connections/postgres.js';
import type { LogRecord, ReserveCommand } from '../domain/command.js';
import type { SkuBatch } from '../domain/decision.js';
import { type CommandId, idsOfSameBuyer, type ReservationId } from '../domain/ids.js';
import { groupBySku, prepare, whatToLoad } from '../writer/prepare.js';
import { createWriterStore, type WriterPools } from './writer-store.js';

let database: TestDatabase;
let pools: WriterPools;
let store: ReturnType<typeof createWriterStore>;
const observed: string[] = [];

beforeAll(async () => {
  database = await createTestDatabase();
  const { postgres } = loadConfig({ FLASHSALE_DATABASE_URL: database.url });
  const log = recordingLog();
  pools = {
    load: hotPool(postgres, { name: 'test-load', connections: 2 }, log),
    commit: hotPool(postgres, { name: 'test-commit', connections: 1 }, log),
    plain: plainPool(postgres, { name: 'test', connections: 2 }, log),
  };
  store = createWriterStore(pools, 'topic', (statement) => observed.push(statement));
});

afterAll(async () => {
  await Promise.all(Object.values(pools ?? {}).map((pool: Pool) => pool.end()));
  await database?.drop();
});

beforeEach(() => pools.plain.query('truncate stock, reservations, ledger, operator_log, partitions, dead_letters'));

const TABLES = ['stock', 'reservations', 'ledger', 'operator_log'];
/** Everything that a commit may change. */
async function everything(): Promise<unknown> {
  const read = async (table: string): Promise<unknown> => (await pools.plain.query(`select * from ${table} order by 1, 2, 3`)).rows;
  return await Promise.all(TABLES.map(read));
}

async function decide(records: readonly LogRecord[]): Promise<SkuBatch[]> {
  if (records.length === 0) return [];
  const groups = groupBySku(records);
  return [...prepare(groups, await store.load(whatToLoad(groups)), [], 0).batches.values()];
}
const decideOn = (written: readonly Written[], from = 0): Promise<SkuBatch[]> => decide(commandsIn(logOf(written, from)));

async function commit(written: readonly Written[], from = 0): Promise<SkuBatch[]> {
  const batches = await decideOn(written, from);
  expect(await store.commit(batches)).toEqual(new Set(batches.map(({ entry }) => entry.skuId)));
  return batches;
}

/** The id so far behind this one, in the order of the index. */
const beside = (id: string, by: bigint): string =>
  (BigInt(`0x${id.replaceAll('-', '')}`) + by)
    .toString(16)
    .padStart(32, '0')
    .replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
const _withId = (command: ReserveCommand, id: string): ReserveCommand => ({
  ...command,
  commandId: id as CommandId,
  reservationId: id as ReservationId,
});

const batchOf = (batches: readonly SkuBatch[], sku: string): SkuBatch => batches.find(({ entry }) => entry.skuId === sku) as SkuBatch;

describe('what was committed is read as it was decided', () => {
  it('stock, rows and known commands of several SKUs, new ones and changed ones', async () => {
    const SALE = [
      configureOf('hot', 3, { name: 'a "name"\\ with\nall, {of} it \u{1f389}', opensAt: 5, closesAt: null, state: 'OPEN' }),
      reserveOf('hot', 'ann'),
      reserveOf('hot', 'bob', 'k1', 3),
      reserveOf('cold', 'ann'),
    ];
    const first = await commit(SALE);
    const second = await commit(
      [reserveOf('hot', 'cy'), configureOf('hot', null, { state: 'PAUSED', opensAt: null }, 1), configureOf('warm', 9)],
      10,
    );
    const loaded = await store.load(whatToLoad(groupBySku(commandsIn(logOf([...SALE, configureOf('warm', 9), reserveOf('hot', 'cy')])))));
    expect(loaded.stocks).toEqual(
      new Map([batchOf(second, 'hot'), batchOf(first, 'cold'), batchOf(second, 'warm')].map(({ after }) => [after.skuId, after])),
    );
    const created = [...first, ...second].flatMap((batch) => batch.created);
    expect(byId(loaded.reservations)).toEqual(byId(created));
    expect(loaded.knownCommands).toEqual(new Set([SALE[0]?.commandId, configureOf('warm', 9).commandId]));
  });

  it('each SKU at the time of its own decision', async () => {
    const at = async (written: readonly Written[], laterMs: number): Promise<SkuBatch> => {
      const groups = groupBySku(commandsIn(logOf(written)));
      const loaded = await store.load(whatToLoad(groups));
      return [...prepare(groups, { ...loaded, now: loaded.now + laterMs }, [], 0).batches.values()][0] as SkuBatch;
    };
    const batches = [
      await at([configureOf('warm', 3), reserveOf('warm', 'ann')], 0),
      await at([configureOf('hot', 3), reserveOf('hot', 'ann')], 5_000),
      await at([configureOf('cold', 3), reserveOf('cold', 'ann')], 60_000),
    ];
    await store.commit(batches);
    for (const { now, entry } of batches) {
      for (const table of TABLES) {
        const { rows } = await pools.plain.query(`select distinct decided_at from ${table} where sku_id = $1`, [entry.skuId]);
        expect([table, rows]).toEqual([table, [{ decided_at: now }]]);
      }
    }
  });

  it('any log in any chunks: the ledger of a decision in one go, and rows as it says', async () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1, maxLength: 4 });
    const property = fc.asyncProperty(logArbitrary, sizes, async (log, cuts) => {
      await pools.plain.query('truncate stock, reservations, ledger, operator_log');
      for (const { records } of chunksOf(log, cuts)) await store.commit(await decide(commandsIn(records)));
      const now = 1_700_000_000_000;
      for (const [skuId, whole] of decidedInOneGo(log, now)) {
        const { rows } = await pools.plain.query('select decisions from ledger where sku_id = $1 order by first_sequence', [skuId]);
        const answers = rows.flatMap(({ decisions }) => decisions.split('\n').map((line: string) => JSON.parse(line).slice(0, 5)));
        expect(answers).toEqual(whole.entry.decisions.split('\n').map((line) => JSON.parse(line).slice(0, 5)));
        const sums = await pools.plain.query(
          `select s.reserved, s.sequence, s.head_hash = (select hash from ledger l where l.sku_id = s.sku_id order by last_sequence desc limit 1) as chained,
                  (select coalesce(sum(quantity), 0)::int from reservations r where r.sku_id = s.sku_id and status = 'RESERVED') as held
           from stock s where sku_id = $1`,
          [skuId],
        );
        const { reserved, sequence } = whole.after;
        expect(sums.rows).toEqual([{ reserved, sequence, chained: true, held: reserved }]);
      }
    });
    await fc.assert(property, { seed: 20_260_401, numRuns: 15 });
  }, 20_000);

  it('nothing: only the time', async () => {
    const before = Date.now();
    const loaded = await store.load(whatToLoad(groupBySku(commandsIn(logOf([reserveOf('nobody', 'ann')])))));
    expect([loaded.stocks.size, loaded.reservations, loaded.knownCommands.size]).toEqual([0, [], 0]);
    expect(Math.abs(loaded.now - before)).toBeLessThan(60_000);
    expect(Math.abs((await store.now()) - before)).toBeLessThan(60_000);
  });

  it('of a buyer only what holds units, of that SKU; an id in whatever state', async () => {
    await commit([configureOf('hot', 9), configureOf('warm', 9), reserveOf('hot', 'ann', 'k1'), reserveOf('warm', 'ann', 'k1')]);
    await commit([reserveOf('hot', 'ann', 'k2', 50), reserveOf('hot', 'bob', 'k1')], 10);
    const asked = groupBySku(commandsIn(logOf([reserveOf('hot', 'ann', 'k9')])));
    const held = await store.load(whatToLoad(asked));
    expect(held.reservations.map(({ reservationId }) => reservationId)).toEqual([reserveOf('hot', 'ann', 'k1').reservationId]);
    const refused = await store.load(whatToLoad(groupBySku(commandsIn(logOf([reserveOf('hot', 'ann', 'k2', 50)])))));
    expect(new Set(refused.reservations.map(({ reason }) => reason))).toEqual(new Set([null, 'QUANTITY_TOO_LARGE']));
    expect(refused.reservations).toHaveLength(2);
  });

  it('from the first to the last id of a buyer, and another buyer who has one of them takes no unit from the limit', async () => {
    const ann = reserveOf('hot', 'ann', 'k1');
    const { first, last } = idsOfSameBuyer(ann.reservationId);
    await commit([configureOf('hot', 99, { perUserLimit: 2 })]);
    // By SQL: the writer takes no id that was not made for its buyer, but two buyers in 2^42 share one.
    await pools.plain.query(
      `insert into reservations (reservation_id, sku_id, issuer, user_id, quantity, status, sequence, version, queued_at, decide_by, decided_at)
       select id, 'hot', 'shop', 'stranger', 2, 'RESERVED', 1, 1, now(), now(), now() from unnest($1::uuid[]) as id`,
      [[beside(first, -1n), first, last, beside(last, 1n)]],
    );
    const loaded = await store.load(whatToLoad(groupBySku(commandsIn(logOf([ann])))));
    expect(loaded.reservations.map(({ reservationId }) => reservationId).sort()).toEqual([first, last]);
    const [batch] = await commit([reserveOf('hot', 'ann', 'k1'), reserveOf('hot', 'ann', 'k2', 2), reserveOf('hot', 'ann', 'k3')], 10);
    expect(batch?.decisions.map(({ reason }) => reason)).toEqual([null, 'USER_LIMIT_EXCEEDED', null]);
  });
});

describe('fences', () => {
  it('a SKU that lost its compare-and-set is missing, nothing of it was changed, and the others stand', async () => {
    await commit([configureOf('hot', 9), configureOf('warm', 9)]);
    const mine = await decideOn([reserveOf('hot', 'ann'), reserveOf('warm', 'ann'), configureOf('cold', 5)], 10);
    await commit([reserveOf('warm', 'bob')], 5);
    expect(await store.commit(mine)).toEqual(new Set(['hot', 'cold']));
    const { rows } = await pools.plain.query(`select sku_id, reserved, sequence, watermark from stock order by 1`);
    expect(rows.map(({ sku_id, reserved, sequence, watermark }) => [sku_id, reserved, sequence, watermark])).toEqual([
      ['cold', 0, 1, 12],
      ['hot', 1, 2, 10],
      ['warm', 1, 2, 5],
    ]);
    expect((await pools.plain.query(`select user_id from reservations where sku_id = 'warm'`)).rows).toEqual([{ user_id: 'bob' }]);
    expect((await pools.plain.query(`select count(*)::int as entries from ledger where sku_id = 'warm'`)).rows).toEqual([{ entries: 2 }]);
  });

  it.each([
    ['a new SKU', [configureOf('hot', 9), reserveOf('hot', 'ann')], 0],
    ['a known one', [reserveOf('hot', 'bob'), configureOf('hot', null, { perUserLimit: 1 }, 1)], 10],
  ])('the same batch of %s a second time changes nothing', async (_, written, from) => {
    if (from > 0) await commit([configureOf('hot', 9)]);
    const batches = await commit(written, from);
    const before = await everything();
    expect(await store.commit(batches)).toEqual(new Set());
    expect(await everything()).toEqual(before);
  });

  it('two at the same moment: one of them', async () => {
    for (const from of [0, 10]) {
      const batches = await decideOn([from === 0 ? configureOf('hot', 9) : reserveOf('hot', `user-${from}`)], from);
      const rival = createWriterStore({ ...pools, commit: pools.load }, 'topic', () => undefined);
      const outcomes = await Promise.all([store.commit(batches), rival.commit(batches)]);
      expect(outcomes.map(({ size }) => size).sort()).toEqual([0, 1]);
    }
  });
});

describe('a batch that is wrong, behind the right fence, is refused by the tables, and nothing at all is changed', () => {
  async function expectRefused(code: string, forge: (batch: SkuBatch) => SkuBatch): Promise<void> {
    await commit([configureOf('hot', 2), configureOf('warm', 2), reserveOf('hot', 'ann')]);
    const batches = await decideOn([reserveOf('warm', 'ann'), reserveOf('hot', 'bob')], 10);
    const before = await everything();
    await expect(store.commit(batches.map((batch) => (batch.entry.skuId === 'hot' ? forge(batch) : batch)))).rejects.toMatchObject({
      code,
    });
    expect(await everything()).toEqual(before);
  }

  it('oversold', () => expectRefused('23514', (batch) => ({ ...batch, after: { ...batch.after, reserved: 3 } })));
  it('counts below zero', () => expectRefused('23514', (batch) => ({ ...batch, after: { ...batch.after, reserved: -1 } })));
  it('sold in place of held, and more than there is', () =>
    expectRefused('23514', (batch) => ({ ...batch, after: { ...batch.after, confirmed: 2 } })));
  it('a row that is there already', () =>
    expectRefused('23505', (batch) => ({
      ...batch,
      created: batch.created.map((row) => ({ ...row, reservationId: reserveOf('hot', 'ann').reservationId })),
    })));
  it('a refusal without a reason', () =>
    expectRefused('23514', (batch) => ({ ...batch, created: batch.created.map((row) => ({ ...row, status: 'REJECTED' as const })) })));
});

test('the operator log has each operator command once, refused ones too, and no repeat', async () => {
  const create = configureOf('hot', 3);
  const stale = configureOf('hot', null, { perUserLimit: 1 }, 7);
  await commit([create, stale, create, reserveOf('hot', 'ann')]);
  await commit([stale, configureOf('warm', null, {}, 1)], 10);
  const { rows } = await pools.plain.query(
    'select command_id, sku_id, sequence, principal, action, outcome, reason, asked from operator_log order by sku_id, sequence',
  );
  expect(rows.map((row) => [row.command_id, row.sku_id, row.sequence, row.outcome, row.reason])).toEqual([
    [create.commandId, 'hot', 1, 'CONFIGURED', null],
    [stale.commandId, 'hot', 2, 'REFUSED', 'VERSION_CONFLICT'],
    [configureOf('warm', null, {}, 1).commandId, 'warm', 1, 'REFUSED', 'NOT_FOUND'],
  ]);
  expect(rows[1]).toMatchObject({
    principal: 'shop operator',
    action: 'configure',
    asked: '{"ifMatch":7,"total":null,"change":{"perUserLimit":1}}',
  });
});

test('time and size of what is asked are told under the name of its file', () => {
  expect([...new Set(observed)].sort()).toEqual(['commit', 'load-commands', 'load-reservations', 'load-stocks', 'now']);
});
