import type { SkuBatch } from '../../src/domain/decision.js';
import { failureKind } from '../../src/writer/errors.js';
import { rowsAfter } from '../support/domain.js';
import { adjustOf, cancelOf, configureOf, confirmOf, extendOf, reserveOf } from '../support/memory-log.js';
import { OneSale } from '../support/one-sale.js';
import { DATABASES, type DatabaseSide } from './database-sides.js';
import { commit, decideOn, everything, fate } from './stored.js';

/** What the writer's commits rely on: the same on the model that the simulator runs on, and on the server. */
describe.each(DATABASES)('commits on %s', (_, open) => {
  let side: DatabaseSide;
  beforeAll(async () => {
    side = await open();
  });
  beforeEach(() => side.empty());
  afterAll(() => side?.close());

  const batchOf = (batches: readonly SkuBatch[], sku: string): SkuBatch => batches.find(({ entry }) => entry.skuId === sku) as SkuBatch;

  it('are read by every owner as they were decided', async () => {
    const { owner, rival } = side;
    const first = await commit(owner, [
      configureOf('hot', 5, { name: 'a "name"\\ with\nall, {of} it', opensAt: 5, closesAt: null }),
      reserveOf('hot', 'ann'),
      reserveOf('hot', 'bob', 'k1', 2),
      configureOf('cold', 0),
      reserveOf('cold', 'ann'),
    ]);
    const hold = [confirmOf('hot'), extendOf('hot', 'bob', 'k1', 5, 'a'), cancelOf('hot', 'bob'), configureOf('hot', null, {}, 9)];
    const second = await commit(rival, [...hold, reserveOf('hot', 'cy', 'k1', 9)], 10);
    const [hot, next, cold] = [batchOf(first, 'hot'), batchOf(second, 'hot'), batchOf(first, 'cold')];
    const found = await everything(owner);
    expect(await everything(rival)).toEqual(found);
    expect(found.stocks).toEqual(new Map([next, cold].map(({ after }) => [after.skuId, after])));
    const rows = [...rowsAfter([...hot.created], next), ...cold.created];
    expect(found.rows).toEqual(rows.sort((a, b) => (a.reservationId < b.reservationId ? -1 : 1)));
  });

  it.each([
    ['a new SKU', 0],
    ['a known one', 10],
  ])('apply a batch of %s once', async (_, from) => {
    const { owner, rival } = side;
    if (from > 0) await commit(owner, [configureOf('hot', 9)]);
    const batches = await commit(
      owner,
      from > 0 ? [reserveOf('hot'), adjustOf('hot', 1)] : [configureOf('hot', 9), reserveOf('hot')],
      from,
    );
    const kept = await everything(owner);
    expect([await owner.commit(batches), await rival.commit(batches)]).toEqual([new Set(), new Set()]);
    expect(await everything(owner)).toEqual(kept);
  });

  it.each([
    ['a new SKU', 0],
    ['a known one', 10],
  ])('take no batch of %s that was decided ten seconds ago', async (_, from) => {
    const { owner, rival } = side;
    if (from > 0) await commit(owner, [configureOf('hot', 9)]);
    const kept = await everything(owner);
    const batches = await decideOn(owner, from > 0 ? [reserveOf('hot')] : [configureOf('hot', 9)], from);
    expect(await owner.commit(batches.map((batch) => ({ ...batch, now: batch.now - 10_000 })))).toEqual(new Set());
    expect(await everything(rival)).toEqual(kept);
    expect((await owner.commit(batches)).size).toBe(1);
  });

  it('of nothing change nothing', async () => {
    expect(await side.owner.commit([])).toEqual(new Set());
  });

  it('refuse a SKU whose head is another one by now, and nothing of it is changed; the others stand', async () => {
    const { owner, rival } = side;
    await commit(owner, [configureOf('hot', 9), configureOf('warm', 9), reserveOf('warm', 'cy')]);
    const late = await decideOn(owner, [reserveOf('hot'), reserveOf('warm'), cancelOf('warm', 'cy'), configureOf('cold', 5)], 10);
    await commit(rival, [reserveOf('warm', 'bob')], 5);
    const { stocks, rows } = await everything(rival);
    expect(await owner.commit(late)).toEqual(new Set(['hot', 'cold']));
    const after = await everything(rival);
    const expected = [batchOf(late, 'hot'), batchOf(late, 'cold')].map(({ after: stock }) => [stock.skuId, stock] as const);
    expect(after.stocks).toEqual(new Map([...stocks, ...expected]));
    expect(after.rows.filter(({ skuId }) => skuId === 'warm')).toEqual(rows.filter(({ skuId }) => skuId === 'warm'));
  });

  it('that another owner makes of an offset again, in another way, are refused though the offset fits', async () => {
    const { owner, rival } = side;
    const [mine, theirs] = [new OneSale(), new OneSale()];
    const [first, other] = [mine.created(9), theirs.created(8)];
    const second = mine.soldTo('ann');
    expect(await owner.commit([first])).toEqual(new Set(['hot']));
    expect([await rival.commit([other]), await rival.commit([theirs.soldTo('bob')])]).toEqual([new Set(), new Set()]);
    expect(await rival.commit([second])).toEqual(new Set(['hot']));
  });

  it.each([0, 10])('of two owners at the same moment are those of one of them (from offset %i)', async (from) => {
    const { owner, rival } = side;
    if (from > 0) await commit(owner, [configureOf('hot', 9)]);
    const batches = await decideOn(owner, [from === 0 ? configureOf('hot', 9) : reserveOf('hot')], from);
    const outcomes = await Promise.all([owner.commit(batches), rival.commit(batches)]);
    expect(outcomes.map(({ size }) => size).sort()).toEqual([0, 1]);
  });

  describe('behind the right fence are refused by the tables, all of the statement,', () => {
    /** Ann has a row, bob is to have one; ann's is to change. */
    async function expectRefused(code: string, forge: (batch: SkuBatch) => Partial<SkuBatch>): Promise<void> {
      const { owner, rival } = side;
      await commit(owner, [configureOf('hot', 2), configureOf('warm', 2), reserveOf('hot')]);
      const batches = await decideOn(owner, [reserveOf('warm'), reserveOf('hot', 'bob'), confirmOf('hot')], 10);
      const forged = batches.map((batch) => (batch.entry.skuId === 'hot' ? { ...batch, ...forge(batch) } : batch));
      const kept = await everything(rival);
      const error: unknown = await owner.commit(forged).then(
        () => null,
        (thrown: unknown) => thrown,
      );
      expect([error, failureKind(error)]).toEqual([expect.objectContaining({ code }), 'data']);
      expect(await everything(rival)).toEqual(kept);
      // Nothing keeps the owner from going on.
      expect(await owner.commit(batches)).toEqual(new Set(['warm', 'hot']));
    }
    const counts = (over: object) => (batch: SkuBatch) => ({ after: { ...batch.after, ...over } });

    it('where more is sold than there is', () => expectRefused('23514', counts({ reserved: 3 })));
    it('where more is sold than there is, by what is paid', () => expectRefused('23514', counts({ confirmed: 2 })));
    it('where fewer than none are held', () => expectRefused('23514', counts({ reserved: -1 })));
    it('where fewer than none are paid', () => expectRefused('23514', counts({ confirmed: -1 })));
    it('where the total is below what is sold', () => expectRefused('23514', counts({ total: 1 })));
    it('where a row is there already', () =>
      expectRefused('23505', ({ created }) => ({
        created: created.map((row) => ({ ...row, reservationId: reserveOf('hot').reservationId })),
      })));
    it('where a refusal has no reason', () =>
      expectRefused('23514', ({ created }) => ({ created: created.map((row) => ({ ...row, status: 'REJECTED' as const })) })));
    it('where a paid row has no payment', () =>
      expectRefused('23514', ({ changed }) => ({
        changed: changed.map(({ before, after }) => ({ before, after: { ...after, paymentReference: null } })),
      })));
    it('where a row has changed since it was read', () =>
      expectRefused('P0001', ({ changed }) => ({
        changed: changed.map(({ before, after }) => ({ before: { ...before, version: before.version + 7 }, after })),
      })));
    it('where a row that is to change is not there', () =>
      expectRefused('P0001', ({ changed }) => ({
        changed: changed.map(({ before, after }) => {
          const { reservationId } = reserveOf('hot', 'nobody');
          return { before: { ...before, reservationId }, after: { ...after, reservationId } };
        }),
      })));
    it("where an operator's command is known", async () => {
      const { decisions } = batchOf(await decideOn(side.owner, [configureOf('hot', 2)], 10), 'hot');
      await expectRefused('23505', (batch) => ({ decisions: [...batch.decisions, ...decisions] }));
    });
    it('of several faults the stock is looked at first, then what changes, then what is new', async () => {
      const newAgain = ({ created }: SkuBatch) => created.map((row) => ({ ...row, reservationId: reserveOf('hot').reservationId }));
      const staleChange = ({ changed }: SkuBatch) => changed.map((one) => ({ ...one, before: { ...one.before, version: 99 } }));
      await expectRefused('23514', (batch) => ({
        ...counts({ reserved: 9 })(batch),
        created: newAgain(batch),
        changed: staleChange(batch),
      }));
      await side.empty();
      await expectRefused('P0001', (batch) => ({ created: newAgain(batch), changed: staleChange(batch) }));
    });
  });

  it('whose answer is lost are found by reading, and made again they change nothing', async () => {
    const { owner, rival } = side;
    await commit(owner, [configureOf('hot', 9)]);
    const batches = await decideOn(owner, [reserveOf('hot'), adjustOf('hot', 1)], 10);
    const told = await side.unanswered(batches);
    expect([told, failureKind(told)]).toEqual([expect.any(Error), 'transient']);
    const kept = await everything(rival);
    expect(kept).toMatchObject({ stocks: new Map([['hot', batchOf(batches, 'hot').after]]) });
    expect(await owner.commit(batches)).toEqual(new Set());
    expect(await everything(owner)).toEqual(kept);
  });

  describe('that one owner sends at once', () => {
    it('take place in their order, each upon the one before', async () => {
      const sale = new OneSale();
      const batches = [sale.created(), sale.soldTo('ann', 'bob'), sale.soldTo('cy'), sale.soldTo('ann')];
      const outcomes = await Promise.all(batches.map((batch) => side.owner.commit([batch])));
      expect(outcomes).toEqual(batches.map(() => new Set(['hot'])));
      expect((await side.rival.holdings(sale.skuId))?.headHash).toBe(sale.stock.headHash);
    });

    it('are refused behind one that fails, of that SKU only', async () => {
      const [hot, warm] = [new OneSale('hot'), new OneSale('warm')];
      const [first, second, third] = [hot.created(), hot.soldTo('ann'), hot.soldTo('bob')];
      const poisoned = { ...second, after: { ...second.after, reserved: 999 } };
      const statements = [[first], [poisoned], [third, warm.created()], [warm.soldTo('cy')]];
      const outcomes = await Promise.all(statements.map((batches) => fate(side.owner.commit(batches))));
      expect(outcomes).toEqual([new Set(['hot']), { code: '23514' }, new Set(['warm']), new Set(['warm'])]);
      expect(await Promise.all([[second], [third]].map((batches) => side.owner.commit(batches)))).toEqual([
        new Set(['hot']),
        new Set(['hot']),
      ]);
    });
  });
});
