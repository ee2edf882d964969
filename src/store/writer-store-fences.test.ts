import { adjustOf, commandsIn, configureOf, logOf, reserveOf } from '../../test/support/memory-log.js';
import { commit, decideOn, everything, observed, pools, store } from '../../test/support/stored-sale.js';
import type { SkuBatch } from '../domain/decision.js';
import { groupBySku } from '../writer/commands-by-sku.js';
import { whatToLoad } from '../writer/prepare.js';
import { createWriterStore } from './writer-store.js';

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

  it.each([
    ['a new SKU', 0],
    ['a known one', 10],
  ])('a batch of %s that was decided more than ten seconds ago comes too late, beside one of now', async (_, from) => {
    await commit([configureOf('warm', 9), ...(from > 0 ? [configureOf('hot', 9)] : [])]);
    const batches = await decideOn([from > 0 ? reserveOf('hot', 'ann') : configureOf('hot', 9), reserveOf('warm', 'ann')], 10);
    const late = batches.map((batch) => (batch.entry.skuId === 'hot' ? { ...batch, now: batch.now - 10_000 } : batch));
    const before = (await pools.plain.query(`select * from ledger where sku_id = 'hot'`)).rows;
    expect(await store.commit(late)).toEqual(new Set(['warm']));
    expect((await pools.plain.query(`select * from ledger where sku_id = 'hot'`)).rows).toEqual(before);
    expect((await pools.plain.query(`select reserved from stock where sku_id = 'hot' and sequence > 1`)).rows).toEqual([]);
    expect(await store.commit(batches.filter(({ entry }) => entry.skuId === 'hot'))).toEqual(new Set(['hot']));
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

test('the operator log says how each command found its SKU and how it left it, also behind others of its batch', async () => {
  await commit([
    configureOf('hot', 3, { name: 'a "hot" one' }),
    reserveOf('hot', 'ann'),
    configureOf('hot', null, { perUserLimit: 7 }, 1),
    configureOf('hot', null, { perUserLimit: 8 }, 1),
    adjustOf('hot', 5),
  ]);
  await commit([adjustOf('hot', -100, 'too much'), configureOf('cold', null, {}, 1)], 10);
  const { rows } = await pools.plain.query<Record<'before' | 'after', string | null>>(
    'select before, after from operator_log order by sku_id desc, sequence',
  );
  const seen = (offer: string | null) => {
    const { name, total, perUserLimit } = JSON.parse(offer ?? '{}');
    return [name, total, perUserLimit];
  };
  const [nothing, created] = [
    [undefined, undefined, undefined],
    ['a "hot" one', 3, expect.any(Number)],
  ];
  const [limited, more] = [
    ['a "hot" one', 3, 7],
    ['a "hot" one', 8, 7],
  ];
  expect(rows.map(({ before, after }) => [seen(before), seen(after)])).toEqual([
    [nothing, created],
    [created, limited],
    [limited, limited],
    [limited, more],
    [more, more],
    [nothing, nothing],
  ]);
});

test('the time of each statement is told under the name of its file', async () => {
  observed.length = 0;
  await commit([configureOf('hot', 9)]);
  await store.now();
  expect([...new Set(observed)].sort()).toEqual(['commit', 'load-commands', 'load-reservations', 'load-stocks', 'now']);
});

test('a read whose prepared statement no longer fits a migrated table fails once, and not for ever', async () => {
  const request = whatToLoad(groupBySku(commandsIn(logOf([reserveOf('hot', 'ann')]))));
  await commit([configureOf('hot', 9), reserveOf('hot', 'bob')]);
  await store.load(request);
  await pools.plain.query('alter table reservations add column colour text');
  // One after the other, so that each would get the same connection back from the pool.
  await expect(store.load(request)).rejects.toThrow('cached plan');
  await expect(store.load(request)).resolves.toMatchObject({ now: expect.any(Number) });
});
