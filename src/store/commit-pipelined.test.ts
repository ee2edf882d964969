import fc from 'fast-check';
import type { Pool } from 'pg';
import { aSnapshot, committed, type KnownSku } from '../../test/support/domain.js';
import { recordingLog } from '../../test/support/log.js';
import { commandsIn, configureOf, logOf, reserveOf, skuNamed, type Written } from '../../test/support/memory-log.js';
import { database, everything, pools } from '../../test/support/stored-sale.js';
import { FAULTS } from '../audit/figures.js';
import { recount } from '../audit/recount.js';
import { loadConfig } from '../config.js';
import { hotPool } from '../connections/postgres.js';
import { decide } from '../domain/decide.js';
import type { SkuBatch } from '../domain/decision.js';
import { entryHash } from '../domain/ledger-entry.js';
import { unknownStock } from '../domain/stock.js';
import type { WriterStore } from '../ports/store.js';
import { createWriterStore } from './writer-store.js';

let pool: Pool;
let store: WriterStore;

// A fresh connection for each test: its first statements are under way before any of them is prepared.
beforeEach(() => {
  const { postgres } = loadConfig({ FLASHSALE_DATABASE_URL: database.url });
  pool = hotPool(postgres, { name: 'test-pipelined', connections: 1 }, recordingLog());
  store = createWriterStore({ ...pools, commit: pool }, 'topic', () => undefined);
});
afterEach(() => pool.end());

/** However slow the machine, the database does not take a batch for one that comes late. */
const LATER = Date.now() + 3_600_000;

/** A SKU's batches, each decided upon the one before it; of the SKUs one after the other in the log. */
function chained(sku: string, chunks: readonly (readonly Written[])[], from = 0): SkuBatch[] {
  let state: KnownSku = aSnapshot(unknownStock(skuNamed(sku), 0));
  let offset = from;
  return chunks.map((written, at) => {
    const batch = decide(state, commandsIn(logOf(written, offset)), LATER + at);
    offset += written.length;
    state = committed(state, batch);
    return batch;
  });
}
const HOT = [
  [configureOf('hot', 9), reserveOf('hot', 'ann')],
  [reserveOf('hot', 'bob'), reserveOf('hot', 'ann', 'k2', 2)],
  [configureOf('hot', null, { state: 'PAUSED' }, 1), reserveOf('hot', 'cy')],
];
const heads = async (): Promise<unknown[]> =>
  (await pools.plain.query('select sku_id, sequence, head_hash from stock order by 1')).rows.map(Object.values);
const headOf = ({ after }: SkuBatch): unknown[] => [after.skuId, after.sequence, after.headHash];
const atOnce = (statements: readonly (readonly SkuBatch[])[]): Promise<PromiseSettledResult<ReadonlySet<string>>[]> =>
  Promise.allSettled(statements.map((batches) => store.commit(batches)));
const fates = (outcomes: readonly PromiseSettledResult<ReadonlySet<string>>[]): unknown[] =>
  outcomes.map((outcome) => (outcome.status === 'fulfilled' ? [...outcome.value].sort() : outcome.reason.code));

describe('statements sent at once', () => {
  it('commit the batches of a SKU one upon the other, as if each had waited for the one before', async () => {
    const batches = chained('hot', HOT);
    expect(fates(await atOnce(batches.map((batch) => [batch])))).toEqual([['hot'], ['hot'], ['hot']]);
    expect(await heads()).toEqual([headOf(batches[2] as SkuBatch)]);
    const together = await everything();
    await pools.plain.query('truncate stock, reservations, ledger, operator_log');
    for (const batch of batches) expect(await store.commit([batch])).toEqual(new Set(['hot']));
    expect(await everything()).toEqual(together);
  });

  it('a batch that the tables refuse makes those upon it lose; of another SKU one is committed all the same', async () => {
    const [first, second, third] = chained('hot', HOT) as [SkuBatch, SkuBatch, SkuBatch];
    const warm = chained('warm', [[configureOf('warm', 1)], [reserveOf('warm')]], 100) as [SkuBatch, SkuBatch];
    const taken = { ...second, created: [...second.created.slice(1), ...first.created] };
    expect(fates(await atOnce([[first], [taken], [third, warm[0]], [warm[1]]]))).toEqual([['hot'], '23505', ['warm'], ['warm']]);
    expect(await heads()).toEqual([headOf(first), headOf(warm[1])]);
    expect(pool.totalCount).toBe(0);
    // Upon the connection that follows, what had failed is committed after all.
    expect(fates(await atOnce([[second], [third]]))).toEqual([['hot'], ['hot']]);
    expect(await heads()).toEqual([headOf(third), headOf(warm[1])]);
    expect([pool.totalCount, pool.idleCount]).toEqual([1, 1]);
  });

  it('a batch that lost its fence makes those upon it lose, and the connection stays', async () => {
    const [first, second, third] = chained('hot', HOT) as [SkuBatch, SkuBatch, SkuBatch];
    const rival = chained('hot', [[configureOf('hot', 1)]])[0] as SkuBatch;
    expect(fates(await atOnce([[rival], [first], [second], [third]]))).toEqual([['hot'], [], [], []]);
    expect(await heads()).toEqual([headOf(rival)]);
    expect([pool.totalCount, pool.idleCount]).toEqual([1, 1]);
  });

  it('out of order commit only what stands upon what is there', async () => {
    const [first, second, third] = chained('hot', HOT) as [SkuBatch, SkuBatch, SkuBatch];
    expect(fates(await atOnce([[second], [first], [third], [second]]))).toEqual([[], ['hot'], [], ['hot']]);
    expect(await heads()).toEqual([headOf(second)]);
  });

  it('of no batch change nothing', async () => {
    expect(await store.commit([])).toEqual(new Set());
    expect(await heads()).toEqual([]);
  });
});

describe('the ledger keeps every byte', () => {
  async function expectKept(batches: readonly SkuBatch[]): Promise<void> {
    const { rows } = await pools.plain.query(
      'select sku_id as "skuId", partition, first_sequence as "firstSequence", last_sequence as "lastSequence", first_offset as "firstOffset", last_offset as "lastOffset", decided_at as now, decisions, previous_hash as "previousHash", hash from ledger',
    );
    const inOrder = <T extends { hash: string }>(entries: readonly T[]): T[] => entries.toSorted((a, b) => (a.hash < b.hash ? -1 : 1));
    expect(inOrder(rows)).toEqual(inOrder(batches.map(({ entry }) => entry)));
    for (const row of rows) expect(entryHash(row)).toBe(row.hash);
    const names = await pools.plain.query('select sku_id, name from stock order by sku_id');
    const last = new Map(batches.map(({ after }) => [after.skuId, after.settings.name]));
    expect(names.rows.map(({ sku_id, name }) => [sku_id, name])).toEqual([...last].sort(([a], [b]) => (a < b ? -1 : 1)));
    const client = await pools.plain.connect();
    try {
      const { skus } = await recount(client);
      expect([skus.length, skus.filter((sku) => FAULTS.some((fault) => sku[fault] > 0))]).toEqual([last.size, []]);
    } finally {
      client.release();
    }
  }
  /** Of each name a SKU that is created with it and refused a change to it; all their first batches in one statement, and all the second. */
  async function commitNamed(names: readonly string[]): Promise<SkuBatch[]> {
    const skus = names.map((name, at) =>
      chained(
        `sku-${at}`,
        [
          [configureOf(`sku-${at}`, 3, { name }), reserveOf(`sku-${at}`)],
          [reserveOf(`sku-${at}`, 'bob', 'k1', 9), configureOf(`sku-${at}`, null, { name: `${name},` }, 99)],
        ],
        at * 4,
      ),
    );
    const statements = [0, 1].map((turn) => skus.map((batches) => batches[turn] as SkuBatch));
    const all = names.map((_, at) => `sku-${at}`).sort();
    expect(fates(await atOnce(statements))).toEqual([all, all]);
    return statements.flat();
  }

  it('quotes, backslashes, commas, braces, what is not ASCII, and the separator itself, in a statement of many batches', async () => {
    const names = [
      'a "b"',
      '\\',
      '\\"\\\\',
      "it's, {all} 'null'",
      'Größe 漢字 \u{1f389}',
      '\x1e',
      'a\x1eb\x1f\x7f',
      '\n\r\t\b\f',
      '\u2028\u2029',
      '',
      'null',
      '\\u001e',
      '\\x1e',
      '$14',
      'é e\u0301',
      '\ufeff',
    ];
    await expectKept(await commitNamed(names));
  });

  it('any names', async () => {
    const name = fc
      .string({ unit: 'binary', maxLength: 40 })
      .filter((text) => text.length <= 100 && !text.includes('\0') && text.isWellFormed());
    await fc.assert(
      fc.asyncProperty(fc.array(name, { minLength: 1, maxLength: 6 }), async (names) => {
        await pools.plain.query('truncate stock, reservations, ledger, operator_log');
        await expectKept(await commitNamed(names));
      }),
      { seed: 20_260_611, numRuns: 25 },
    );
  }, 20_000);
});
