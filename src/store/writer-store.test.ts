import fc from 'fast-check';
import { byId } from '../../test/support/domain.js';
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
import { batchOf, beside, commit, decide, pools, store, TABLES } from '../../test/support/stored-sale.js';
import type { SkuBatch } from '../domain/decision.js';
import { idsOfSameBuyer } from '../domain/ids.js';
import { groupBySku } from '../writer/commands-by-sku.js';
import { prepare, whatToLoad } from '../writer/prepare.js';

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
      `insert into reservations (reservation_id, sku_id, issuer, user_id, quantity, status, sequence, version, queued_at, decide_by, decided_at, expires_at)
       select id, 'hot', 'shop', 'stranger', 2, 'RESERVED', 1, 1, now(), now(), now(), now() + interval '1 hour' from unnest($1::uuid[]) as id`,
      [[beside(first, -1n), first, last, beside(last, 1n)]],
    );
    const loaded = await store.load(whatToLoad(groupBySku(commandsIn(logOf([ann])))));
    expect(loaded.reservations.map(({ reservationId }) => reservationId).sort()).toEqual([first, last]);
    const [batch] = await commit([reserveOf('hot', 'ann', 'k1'), reserveOf('hot', 'ann', 'k2', 2), reserveOf('hot', 'ann', 'k3')], 10);
    expect(batch?.decisions.map(({ reason }) => reason)).toEqual([null, 'USER_LIMIT_EXCEEDED', null]);
  });
});
