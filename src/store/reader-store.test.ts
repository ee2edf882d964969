import type { Pool } from 'pg';
import { createTestDatabase, type TestDatabase } from '../../test/support/database.js';
import { recordingLog } from '../../test/support/log.js';
import { commandsIn, configureOf, logOf, reserveOf, skuNamed, type Written } from '../../test/support/memory-log.js';
import { loadConfig } from '../config.js';
import { hotPool } from '../connections/postgres.js';
import type { Offset } from '../domain/ids.js';
import type { DeadLetter, Position, ReaderStore, WriterStore } from '../ports/store.js';
import { groupBySku } from '../writer/commands-by-sku.js';
import { prepare, whatToLoad } from '../writer/prepare.js';
import { createReaderStore } from './reader-store.js';
import { createWriterStore } from './writer-store.js';

let database: TestDatabase;
let pool: Pool;
let reader: ReaderStore;
let writer: WriterStore;

beforeAll(async () => {
  database = await createTestDatabase();
  pool = hotPool(loadConfig({ FLASHSALE_DATABASE_URL: database.url }).postgres, { name: 'test', connections: 3 }, recordingLog());
  reader = createReaderStore(pool, () => undefined);
  writer = createWriterStore({ load: pool, commit: pool, plain: pool }, 'topic', () => undefined);
});
afterAll(async () => {
  await pool?.end();
  await database?.drop();
});
beforeEach(() => pool.query('truncate stock, reservations, ledger, operator_log, partitions, dead_letters'));

async function commit(written: readonly Written[], from: number, step = 1): Promise<void> {
  const records = commandsIn(logOf(written)).map((record, at) => ({ ...record, offset: (from + at * step) as Offset }));
  const groups = groupBySku(records);
  await writer.commit([...prepare(groups, await writer.load(whatToLoad(groups)), [], 0).batches.values()]);
}

const ANN = reserveOf('hot', 'ann');
const offset = (value: number): Offset => value as Offset;
const aLetter = (at: number, over: Partial<DeadLetter> = {}): DeadLetter => ({
  partition: 0,
  offset: offset(at),
  key: Buffer.from([0, 1, 255]),
  value: null,
  appendedAt: 1_700_000_000_123,
  reason: 'INVALID_COMMAND',
  reservationId: ANN.reservationId,
  ...over,
});

describe('decisions', () => {
  it('are found by SKU and offset, once the ledger covers it', async () => {
    await commit([configureOf('hot', 1), ANN, reserveOf('hot', 'bob'), configureOf('hot', 1)], 10, 3);
    await commit([reserveOf('hot', 'cy', 'k1', 99)], 100);
    const at = (...values: number[]) => reader.decisionsAt(values.map((value) => ({ skuId: skuNamed('hot'), offset: offset(value) })));
    expect(await at(10, 13, 16, 19, 100)).toEqual([
      { outcome: 'CONFIGURED', reason: null, sequence: 1 },
      { outcome: 'RESERVED', reason: null, sequence: 2 },
      { outcome: 'REFUSED', reason: 'SOLD_OUT', sequence: 3 },
      { outcome: 'DUPLICATE', reason: null, sequence: 4 },
      { outcome: 'REFUSED', reason: 'QUANTITY_TOO_LARGE', sequence: 5 },
    ]);
    expect(await at(9, 11, 1, 20, 99, 101, 1_000)).toEqual([null, null, null, null, null, null, null]);
    expect(await at()).toEqual([]);
  });

  it('of several SKUs of a partition are told apart, in the order of the question, twice where it was asked twice', async () => {
    await commit([configureOf('hot', 1), configureOf('cold', 1), configureOf('hot', 2), configureOf('cold', null, {}, 9)], 10);
    const at = (sku: string, value: number) => ({ skuId: skuNamed(sku), offset: offset(value) });
    const found = await reader.decisionsAt([at('cold', 13), at('hot', 12), at('cold', 12), at('none', 10), at('cold', 11), at('cold', 13)]);
    expect(found.map((decision) => decision && [decision.reason ?? decision.outcome, decision.sequence])).toEqual([
      ['VERSION_CONFLICT', 2],
      ['VERSION_CONFLICT', 2],
      null,
      null,
      ['CONFIGURED', 1],
      ['VERSION_CONFLICT', 2],
    ]);
  });

  it('of an operator are found by the id, the first one of it', async () => {
    const create = configureOf('hot', 1);
    const stale = configureOf('hot', null, {}, 9);
    await commit([create, stale, create], 0);
    expect(await reader.operation(create.commandId)).toEqual({
      outcome: 'CONFIGURED',
      reason: null,
      sequence: 1,
      asked: '{"ifMatch":null,"total":1,"change":{}}',
    });
    expect(await reader.operation(stale.commandId)).toMatchObject({ outcome: 'REFUSED', reason: 'VERSION_CONFLICT', sequence: 2 });
    expect(await reader.operation(configureOf('warm', 1).commandId)).toBeNull();
  });

  it('and rows by id, each once, in no promised order; a SKU by its name', async () => {
    await commit([configureOf('hot', 1), ANN, reserveOf('hot', 'bob')], 0);
    const ids = [ANN, reserveOf('hot', 'bob'), reserveOf('hot', 'nobody')].map(({ reservationId }) => reservationId);
    expect((await reader.reservations(ids)).map(({ userId, status }) => `${userId} ${status}`).sort()).toEqual([
      'ann RESERVED',
      'bob REJECTED',
    ]);
    expect(await reader.sku(skuNamed('hot'))).toMatchObject({
      total: 1,
      reserved: 1,
      sequence: 3,
      settings: { state: 'OPEN', opensAt: null },
    });
    expect(await reader.sku(skuNamed('cold'))).toBeNull();
  });
});

describe('dead letters', () => {
  it('keep their first copy, byte for byte', async () => {
    await writer.keepDeadLetters([aLetter(5), aLetter(6, { key: null, value: Buffer.from('x'), reservationId: null })]);
    await writer.keepDeadLetters([aLetter(5, { reason: 'another', value: Buffer.from('another') })]);
    const { rows } = await pool.query('select * from dead_letters order by log_offset');
    expect(rows).toMatchObject([
      {
        topic: 'topic',
        partition: 0,
        log_offset: 5,
        key: Buffer.from([0, 1, 255]),
        value: null,
        appended_at: 1_700_000_000_123,
        reason: 'INVALID_COMMAND',
      },
      { log_offset: 6, key: null, value: Buffer.from('x'), reservation_id: null },
    ]);
  });

  it('are why an id has no decision', async () => {
    expect(await reader.absence(ANN.reservationId, 0)).toEqual({ appliedThrough: null, isDeadLetter: false });
    await writer.keepDeadLetters([aLetter(5)]);
    await writer.advance([{ partition: 0, nextOffset: offset(6), fingerprint: 'f', appliedThrough: 1_700_000_000_000 }]);
    expect(await reader.absence(ANN.reservationId, 0)).toEqual({ appliedThrough: 1_700_000_000_000, isDeadLetter: true });
    expect(await reader.absence(reserveOf('hot', 'bob').reservationId, 1)).toEqual({ appliedThrough: null, isDeadLetter: false });
    await pool.query("update partitions set applied_through = clock_timestamp() + interval '1 hour'");
    expect((await reader.absence(ANN.reservationId, 0)).appliedThrough).toBeNull();
  });
});

test('a letter that was redriven is no reason any more', async () => {
  await writer.keepDeadLetters([aLetter(5)]);
  await pool.query(`update dead_letters set redriven_at = now(), redriven_by = 'ann'`);
  expect((await reader.absence(ANN.reservationId, 0)).isDeadLetter).toBe(false);
  await writer.keepDeadLetters([aLetter(6)]);
  expect((await reader.absence(ANN.reservationId, 0)).isDeadLetter).toBe(true);
});

describe('positions', () => {
  const at = (partition: number, next: number, fingerprint: string | null, appliedThrough: number | null): Position => ({
    ...{ partition, nextOffset: offset(next), fingerprint, appliedThrough },
  });

  it('move forward, and never back, each by itself', async () => {
    await writer.advance([at(0, 5, 'a', 1_000), at(3, 7, null, null)]);
    await writer.advance([at(3, 8, 'c', 3_000), at(0, 4, 'old', 9_000)]);
    expect((await writer.positions([0, 1, 3])).toSorted((a, b) => a.partition - b.partition)).toEqual([
      at(0, 5, 'a', 1_000),
      at(3, 8, 'c', 3_000),
    ]);
  });

  it('applied through is what was said last, also by a clock that was set back, and is not forgotten', async () => {
    await writer.advance([at(0, 5, 'a', 2_000)]);
    await writer.advance([at(0, 6, 'b', null)]);
    expect(await writer.positions([0])).toEqual([at(0, 6, 'b', 2_000)]);
    await writer.advance([at(0, 6, 'b', 1_000)]);
    expect(await writer.positions([0])).toEqual([at(0, 6, 'b', 1_000)]);
  });

  it('of two processes at once: the greater', async () => {
    for (let round = 0; round < 20; round += 1) {
      const [low, high] = [at(0, 100 + 2 * round, 'low', null), at(0, 101 + 2 * round, 'high', null)];
      await Promise.all([writer.advance([high, at(1, round, 'x', null)]), writer.advance([at(1, round, 'x', null), low])]);
      expect(await writer.positions([0])).toEqual([high]);
    }
  });
});
