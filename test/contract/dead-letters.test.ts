import type { SkuBatch } from '../../src/domain/decision.js';
import type { Offset, ReservationId, SkuId } from '../../src/domain/ids.js';
import { UNAPPLICABLE } from '../../src/ports/dead-letters.js';
import type { DeadLetter, WriterStore } from '../../src/ports/store.js';
import { failureKind } from '../../src/writer/errors.js';
import { commandsIn, configureOf, logOf, reserveOf, type Written } from '../support/memory-log.js';
import { DATABASES, type DatabaseSide } from './database-sides.js';
import { commit, decide, decideOn, everything, fate } from './stored.js';

const AT = 10;
const POISON = reserveOf('hot', 'poison');

/** Of a record that cannot be decoded: it needs nobody's fence. */
const bytesAt = (offset: number, over: Partial<DeadLetter> = {}): DeadLetter => {
  const [record] = logOf(['no command'], offset);
  return { ...record!, partition: 0, reason: 'NOT_JSON', reservationId: null, ...over };
};
/** Of one that is a command of a SKU and cannot be applied. */
const poisonAt = (offset: number, over: Partial<DeadLetter> = {}): DeadLetter => {
  const [record] = logOf([POISON], offset);
  const { reservationId, skuId } = POISON;
  return { ...record!, partition: 0, reason: UNAPPLICABLE, reservationId, unapplicableTo: skuId, ...over };
};
const decidedOrSetAside = expect.objectContaining({ message: expect.stringMatching('decided or set aside since it was read') });

/** A record is a dead letter or decided, and never both (I12): the same on the model that the simulator runs on, and on the server. */
describe.each(DATABASES)('dead letters on %s', (_, open) => {
  let side: DatabaseSide;
  beforeAll(async () => {
    side = await open();
  });
  beforeEach(() => side.empty());
  afterAll(() => side?.close());

  const offsets = async (partition = 0, from = 0): Promise<readonly Offset[]> =>
    [...(await side.rival.deadOffsets(partition, from as Offset))].sort((a, b) => a - b);
  const isLetter = async (id: ReservationId): Promise<boolean> => (await side.reader.absence(id, 0)).isDeadLetter;
  const setAside = (by: WriterStore = side.owner, offset = AT): Promise<void> => by.keepDeadLetters([poisonAt(offset)]);
  async function expectOne(outcome: 'decided' | 'letter'): Promise<void> {
    const { reservationId } = POISON;
    const rows = await side.reader.reservations([reservationId]);
    const isDecided = outcome === 'decided';
    expect([rows.length, await offsets(), await isLetter(reservationId)]).toEqual([isDecided ? 1 : 0, isDecided ? [] : [AT], !isDecided]);
  }

  it('are kept, each once and in its partition, the first copy of it', async () => {
    const { owner, rival } = side;
    const [first, second] = [reserveOf('hot', 'ann').reservationId, reserveOf('hot', 'bob').reservationId];
    await owner.keepDeadLetters([bytesAt(3, { reservationId: first }), bytesAt(7), bytesAt(3, { partition: 1 })]);
    await rival.keepDeadLetters([bytesAt(5), bytesAt(3, { reservationId: second })]);
    expect([await offsets(), await offsets(0, 5), await offsets(0, 8), await offsets(1)]).toEqual([[3, 5, 7], [5, 7], [], [3]]);
    expect([await isLetter(first), await isLetter(second)]).toEqual([true, false]);
  });

  it('without a key or a value are kept too', async () => {
    await side.owner.keepDeadLetters([bytesAt(3, { key: null, value: null })]);
    expect(await offsets()).toEqual([3]);
  });

  it('of what cannot be decoded change nothing else, and keep nobody from deciding', async () => {
    const { owner, rival } = side;
    await commit(owner, [configureOf('hot', 9)]);
    const batches = await decideOn(owner, [POISON], AT);
    const kept = await everything(rival);
    await rival.keepDeadLetters([bytesAt(AT)]);
    expect(await everything(rival)).toEqual(kept);
    expect(await owner.commit(batches)).toEqual(new Set(['hot']));
  });

  describe.each<[string, readonly Written[]]>([
    ['of a known SKU', [configureOf('hot', 9)]],
    ['the first of its SKU', []],
  ])('of a record %s', (_, before) => {
    let batches: readonly SkuBatch[];
    beforeEach(async () => {
      await commit(side.owner, before);
      batches = await decideOn(side.owner, [POISON, reserveOf('hot', 'later')], AT);
    });

    it('keep an owner who had read before from deciding it', async () => {
      await setAside(side.rival);
      const kept = await everything(side.rival);
      const error: unknown = await side.owner.commit(batches).then(
        () => null,
        (thrown: unknown) => thrown,
      );
      expect([error, failureKind(error)]).toEqual([expect.objectContaining({ code: 'P0001' }), 'data']);
      expect(await everything(side.rival)).toEqual(kept);
      await expectOne('letter');
    });

    it('are not kept once it is decided', async () => {
      await side.owner.commit(batches);
      const kept = await everything(side.rival);
      await expect(setAside(side.rival)).rejects.toEqual(decidedOrSetAside);
      expect(await everything(side.rival)).toEqual(kept);
      await expectOne('decided');
    });

    it('leave nothing in the stock but a watermark', async () => {
      const { owner, rival } = side;
      const { stocks } = await owner.load({ skuIds: [POISON.skuId], reservationIds: [], buyersOf: [], commandIds: [] });
      await setAside();
      const after = await rival.load({ skuIds: [POISON.skuId], reservationIds: [], buyersOf: [], commandIds: [] });
      expect(after.stocks).toEqual(new Map([...stocks].map(([skuId, stock]) => [skuId, { ...stock, watermark: AT }])));
    });

    it('let the next owner, who reads them, decide what is around it', async () => {
      await setAside();
      const dead = await offsets();
      const rest = commandsIn(logOf([POISON, reserveOf('hot', 'later')], AT)).filter(({ offset }) => !dead.includes(offset));
      expect(await side.rival.commit(await decide(side.rival, rest))).toEqual(new Set(['hot']));
      await expectOne('letter');
      await commit(side.owner, [reserveOf('hot', 'ann')], 20);
    });

    it('are made once, by whoever comes first', async () => {
      await setAside();
      const other = reserveOf('hot', 'ann').reservationId;
      const again = fate(side.rival.keepDeadLetters([poisonAt(AT, { reservationId: other })]));
      // Where the SKU has no row there is no watermark that would tell.
      expect(await again).toEqual(before.length > 0 ? { code: undefined } : undefined);
      expect([await isLetter(POISON.reservationId), await isLetter(other)]).toEqual([true, false]);
    });

    it('or its decision, however close they come', async () => {
      for (let round = 0; round < 4; round += 1) {
        const only = await decideOn(side.owner, [POISON], AT);
        const both = round % 2 === 0 ? [side.owner.commit(only), setAside(side.rival)] : [setAside(side.rival), side.owner.commit(only)];
        const outcomes = await Promise.allSettled(both);
        expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
        await expectOne(outcomes[round % 2]?.status === 'fulfilled' ? 'decided' : 'letter');
        await side.empty();
        await commit(side.owner, before);
      }
    });
  });

  it('one after the other: those before one that is decided by now stay', async () => {
    const { owner, rival } = side;
    await commit(owner, [configureOf('hot', 9), POISON], AT - 1);
    await expect(rival.keepDeadLetters([bytesAt(3), poisonAt(AT), bytesAt(20)])).rejects.toEqual(decidedOrSetAside);
    expect(await offsets()).toEqual([3]);
  });

  it('in the middle of a batch are found in it all the same', async () => {
    const { owner, rival } = side;
    await commit(owner, [configureOf('hot', 9)]);
    const batches = await decideOn(owner, [reserveOf('hot', 'ann'), POISON, reserveOf('hot', 'bob')], AT - 1);
    await setAside(rival);
    expect(await fate(owner.commit(batches))).toEqual({ code: 'P0001' });
  });

  it("at the offset of another SKU's record, in a topic of another time, keep nobody from deciding that", async () => {
    await setAside();
    await commit(side.rival, [configureOf('warm', 9)], AT);
    expect(await offsets()).toEqual([AT]);
  });

  it('fail another SKU in the same statement, which is committed alone', async () => {
    const { owner, rival } = side;
    await commit(owner, [configureOf('hot', 9), configureOf('warm', 9)]);
    const batches = await decideOn(owner, [POISON, reserveOf('warm', 'ann')], AT);
    await setAside(rival);
    expect(await fate(owner.commit(batches))).toEqual({ code: 'P0001' });
    expect(await owner.commit(batches.filter(({ entry }) => entry.skuId === ('warm' as SkuId)))).toEqual(new Set(['warm']));
  });
});
