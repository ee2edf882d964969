import fc from 'fast-check';
import { byId } from '../../test/support/domain.js';
import {
  adjustOf,
  cancelOf,
  chunksOf,
  commandsIn,
  configureOf,
  confirmOf,
  decidedInOneGo,
  expireOf,
  extendOf,
  logArbitrary,
  logOf,
  reserveOf,
  type Written,
} from '../../test/support/memory-log.js';
import { batchOf, commit, decide, decideOn, everything, pools, store } from '../../test/support/stored-sale.js';
import type { SkuBatch } from '../domain/decision.js';
import type { Reservation } from '../domain/reservation.js';
import { groupBySku } from '../writer/commands-by-sku.js';
import { whatToLoad } from '../writer/prepare.js';

const SALE: readonly Written[] = [
  configureOf('hot', 9, { perUserLimit: 9, holdSeconds: 600, maxExtendSeconds: 60 }),
  ...['ann', 'bob', 'cy', 'dan'].map((user) => reserveOf('hot', user)),
];

async function rowsOf(written: readonly Written[]): Promise<ReadonlyMap<string, Reservation>> {
  const { reservations } = await store.load(whatToLoad(groupBySku(commandsIn(logOf(written)))));
  return byId(reservations);
}
const finalRows = (batches: readonly SkuBatch[]): Map<string, Reservation> =>
  byId(batches.flatMap(({ created, changed }) => [...created, ...changed.map(({ after }) => after)]));

describe('a reservation that is changed', () => {
  it('is read as it was decided: confirmed, cancelled, prolonged, prolonged and confirmed', async () => {
    await commit(SALE);
    const batches = await commit(
      [confirmOf('hot', 'ann', 'k1', 'pi_3Mtw/x=1'), cancelOf('hot', 'bob'), extendOf('hot', 'cy'), extendOf('hot', 'dan', 'k1', 5)],
      10,
    );
    const later = await commit([confirmOf('hot', 'dan')], 20);
    const rows = await rowsOf(SALE);
    expect(rows).toEqual(byId([...finalRows([...batches, ...later]).values()]));
    expect([...rows.values()].map(({ status }) => status).sort()).toEqual(['CANCELLED', 'CONFIRMED', 'CONFIRMED', 'RESERVED']);
    const { stocks } = await store.load(whatToLoad(groupBySku(commandsIn(logOf(SALE)))));
    const { after } = batchOf(later, 'hot');
    expect(stocks.get(after.skuId)).toEqual(after);
  });

  it('by its own batch is inserted as it is in the end', async () => {
    const batches = await commit([
      ...SALE,
      confirmOf('hot', 'ann'),
      cancelOf('hot', 'bob'),
      extendOf('hot', 'cy'),
      confirmOf('hot', 'cy', 'k1', 'pay-2'),
    ]);
    expect(batchOf(batches, 'hot').changed).toEqual([]);
    expect(await rowsOf(SALE)).toEqual(finalRows(batches));
  });

  it('is over when its time is, and its unit is sold to the next', async () => {
    await commit([configureOf('hot', 1, { holdSeconds: 1, perUserLimit: 1 }), reserveOf('hot', 'ann')]);
    await pools.plain.query("update reservations set expires_at = expires_at - interval '10 seconds'");
    const [batch] = await commit([expireOf('hot', 'ann'), reserveOf('hot', 'bob')], 10);
    expect(batch?.decisions.map(({ outcome }) => outcome)).toEqual(['EXPIRED', 'RESERVED']);
    const { rows } = await pools.plain.query('select user_id, status from reservations order by 1');
    expect(rows).toEqual([
      { user_id: 'ann', status: 'EXPIRED' },
      { user_id: 'bob', status: 'RESERVED' },
    ]);
  });

  it('an adjustment changes the total, and is in the operator log with what was asked', async () => {
    await commit(SALE);
    await commit([adjustOf('hot', 5), adjustOf('hot', -100, 'too much')], 10);
    const { rows } = await pools.plain.query(
      "select action, outcome, reason, asked::json ->> 'delta' as delta from operator_log where action = 'adjust' order by sequence",
    );
    expect(rows).toEqual([
      { action: 'adjust', outcome: 'ADJUSTED', reason: null, delta: '5' },
      { action: 'adjust', outcome: 'REFUSED', reason: 'BELOW_COMMITTED', delta: '-100' },
    ]);
    expect((await pools.plain.query('select total from stock')).rows).toEqual([{ total: 14 }]);
  });
});

describe('a row that is not as it was read fails the statement, and nothing of it is committed', () => {
  it.each([
    ['changed by hand', "update reservations set version = version + 100 where user_id = 'bob'"],
    ['deleted by hand', "delete from reservations where user_id = 'bob'"],
  ])('%s', async (_, sql) => {
    await commit(SALE);
    const batches = await decideOn([confirmOf('hot', 'ann'), cancelOf('hot', 'bob'), reserveOf('hot', 'eve')], 10);
    await pools.plain.query(sql);
    const before = await everything();
    await expect(store.commit(batches)).rejects.toMatchObject({ code: 'P0001', message: 'changed 1 reservations instead of 2' });
    expect(await everything()).toEqual(before);
  });

  it('a batch that lost its fence changes no reservation, and harms none of the others', async () => {
    await commit([...SALE, configureOf('warm', 5), reserveOf('warm', 'ann')]);
    const stale = await decideOn([cancelOf('hot', 'ann')], 20);
    const fine = await decideOn([cancelOf('warm', 'ann')], 21);
    await commit([confirmOf('hot', 'ann')], 22);
    expect(await store.commit([...stale, ...fine])).toEqual(new Set(['warm']));
    const { rows } = await pools.plain.query("select sku_id, status from reservations where user_id = 'ann' order by 1");
    expect(rows).toEqual([
      { sku_id: 'hot', status: 'CONFIRMED' },
      { sku_id: 'warm', status: 'CANCELLED' },
    ]);
  });
});

it('updates leave the index of the holds as it is: a confirm is HOT', async () => {
  await commit([configureOf('hot', 999, { perUserLimit: 1 }), ...Array.from({ length: 100 }, (_, at) => reserveOf('hot', `user-${at}`))]);
  const updates = async (): Promise<{ all: number; hot: number }> => {
    await pools.commit.query('select pg_stat_force_next_flush()');
    const { rows } = await pools.plain.query(
      "select n_tup_upd::int as all, n_tup_hot_upd::int as hot from pg_stat_user_tables where relname = 'reservations'",
    );
    return rows[0];
  };
  const before = await updates();
  await commit(
    Array.from({ length: 8 }, (_, at) => confirmOf('hot', `user-${at}`)),
    200,
  );
  const after = await updates();
  expect([after.all - before.all, after.hot - before.hot]).toEqual([8, 8]);
});

it('whole lives, however the log is cut into chunks: the tables are those of one batch', async () => {
  await fc.assert(
    fc.asyncProperty(logArbitrary, fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 5 }), async (log, sizes) => {
      await pools.plain.query('truncate stock, reservations, ledger, operator_log');
      let now = 0;
      for (const { records } of chunksOf(log, sizes)) {
        const batches = await decide(commandsIn(records));
        now = batches[0]?.now ?? now;
        if (batches.length > 0) await store.commit(batches);
      }
      for (const [skuId, whole] of decidedInOneGo(log, now)) {
        const { rows } = await pools.plain.query('select total, reserved, confirmed, sequence from stock where sku_id = $1', [skuId]);
        const { total, reserved, confirmed, sequence } = whole.after;
        expect(rows).toEqual([{ total, reserved, confirmed, sequence }]);
        const found = await pools.plain.query('select reservation_id, status, version from reservations where sku_id = $1', [skuId]);
        const wanted = whole.created.map(({ reservationId: reservation_id, status, version }) => ({ reservation_id, status, version }));
        expect(found.rows.sort((a, b) => (a.reservation_id < b.reservation_id ? -1 : 1))).toEqual(wanted);
      }
    }),
    { seed: 20_261_122, numRuns: 40 },
  );
}, 30_000);
