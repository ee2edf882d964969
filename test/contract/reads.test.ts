import type { Millis, Offset } from '../../src/domain/ids.js';
import type { LoadRequest, Position } from '../../src/ports/store.js';
import { byId } from '../support/domain.js';
import { adjustOf, cancelOf, configureOf, confirmOf, reserveOf, skuNamed } from '../support/memory-log.js';
import { DATABASES, type DatabaseSide } from './database-sides.js';
import { commit, everything } from './stored.js';

const HOT: LoadRequest = { skuIds: [skuNamed('hot')], reservationIds: [], buyersOf: [], commandIds: [] };
const NO_ID = '00000000-0000-0000-0000-000000000000';
const at = (partition: number, nextOffset: number, over: Partial<Position> = {}): Position => ({
  ...{ partition, nextOffset: nextOffset as Offset, fingerprint: `before ${nextOffset}`, appliedThrough: null, ...over },
});

/** What is read back: the same on the model that the simulator runs on, and on the server. */
describe.each(DATABASES)('on %s', (_, open) => {
  let side: DatabaseSide;
  beforeAll(async () => {
    side = await open();
  });
  beforeEach(() => side.empty());
  afterAll(() => side?.close());

  describe('a load', () => {
    it('of what is not there brings the time alone', async () => {
      const ann = reserveOf('hot').reservationId;
      const request = { skuIds: [skuNamed('hot')], reservationIds: [ann], buyersOf: [ann], commandIds: [adjustOf('hot', 1).commandId] };
      const before = await side.owner.now();
      const { now, ...rest } = await side.rival.load(request);
      expect(rest).toEqual({ stocks: new Map(), reservations: [], knownCommands: new Set() });
      expect(now).toBeGreaterThanOrEqual(before);
    });

    it('of a buyer brings what holds units for them on that SKU, and an id in whatever state', async () => {
      const { owner } = side;
      const ann = ['k1', 'k2', 'k3', 'k4'].map((key) => reserveOf('hot', 'ann', key));
      await commit(owner, [configureOf('hot', 9), configureOf('warm', 9), ...ann, reserveOf('hot', 'bob'), reserveOf('warm')]);
      await commit(owner, [confirmOf('hot', 'ann', 'k1'), cancelOf('hot', 'ann', 'k2'), reserveOf('hot', 'ann', 'k5', 99)], 10);
      const [k1, k2, k3, k4] = ann.map(({ reservationId }) => reservationId);
      const k5 = reserveOf('hot', 'ann', 'k5').reservationId;
      const held = await owner.load({ ...HOT, buyersOf: [k5] });
      expect(new Set(held.reservations.map(({ reservationId }) => reservationId))).toEqual(new Set([k1, k3, k4]));
      const named = await owner.load({ ...HOT, reservationIds: [k2!, k5], buyersOf: [k5, k2!] });
      expect([...byId(named.reservations).keys()].sort()).toEqual([k1, k2, k3, k4, k5].sort());
      expect(byId(named.reservations).get(k5)).toMatchObject({ status: 'REJECTED', reason: 'QUANTITY_TOO_LARGE' });
    });

    it("knows an operator's commands, refused ones too, and no buyer's", async () => {
      const { owner } = side;
      const [create, refused, adjust, never] = [
        configureOf('hot', 3),
        configureOf('hot', null, {}, 9),
        adjustOf('hot', 1),
        adjustOf('hot', 2),
      ];
      await commit(owner, [create, refused, adjust, create, reserveOf('hot')]);
      await commit(owner, [refused, adjust], 10);
      const commandIds = [create, refused, adjust, never, reserveOf('hot')].map(({ commandId }) => commandId);
      const { knownCommands } = await owner.load({ ...HOT, commandIds });
      expect(knownCommands).toEqual(new Set([create, refused, adjust].map(({ commandId }) => commandId)));
    });
  });

  it('the holders of a SKU are those who hold units of it, as of its head', async () => {
    const { owner, rival } = side;
    expect(await rival.holdings(skuNamed('hot'))).toBeNull();
    const [empty] = await commit(owner, [configureOf('hot', 9)]);
    const nobody = await rival.holdings(skuNamed('hot'));
    expect([nobody?.headHash, nobody?.units.size]).toEqual([empty?.after.headHash, 0]);
    const [ann, bob, cy] = [reserveOf('hot', 'ann', 'k1', 2), reserveOf('hot', 'bob'), reserveOf('hot', 'cy')];
    await commit(owner, [ann, reserveOf('hot', 'ann', 'k2'), bob, cy, confirmOf('hot', 'ann'), cancelOf('hot', 'cy')], 10);
    const [last] = await commit(owner, [reserveOf('warm', 'bob'), reserveOf('hot', 'ann', 'k3', 99)], 20);
    const held = await rival.holdings(skuNamed('hot'));
    expect(held?.headHash).toBe((await everything(owner)).stocks.get(skuNamed('hot'))?.headHash);
    expect([held?.units.size, held?.units.get(ann), held?.units.get(bob), held?.units.get(cy)]).toEqual([2, 3, 1, undefined]);
    expect(last?.entry.skuId).toBe('warm');
  });

  it('reservations by their ids are those that are decided', async () => {
    const { owner, reader } = side;
    const batches = await commit(owner, [
      configureOf('hot', 1),
      reserveOf('hot'),
      reserveOf('hot', 'bob'),
      confirmOf('hot'),
      reserveOf('warm'),
    ]);
    const ids = ['ann', 'bob', 'cy'].map((user) => reserveOf('hot', user).reservationId);
    const [ann, bob] = ids.map((id) => batches[0]?.created.find(({ reservationId }) => reservationId === id));
    expect(byId(await reader.reservations(ids))).toEqual(byId([ann!, bob!]));
    expect(await reader.reservations([])).toEqual([]);
  });

  it('the time never goes back, whoever asks', async () => {
    const { owner, rival, reader, expiry } = side;
    const overdue = async (): Promise<Millis> => (await expiry.overdue({ expiresAt: 0, reservationId: NO_ID }, 1)).now;
    const asks = [owner.now, rival.now, reader.now, async () => (await owner.load(HOT)).now, overdue];
    let last = 0;
    for (const ask of [...asks, ...asks, ...asks]) {
      const now = await ask();
      expect([Number.isInteger(now), now >= last]).toEqual([true, true]);
      last = now;
    }
  });

  describe('positions', () => {
    const stored = async (): Promise<readonly Position[]> =>
      [...(await side.rival.positions([0, 1, 2]))].sort((a, b) => a.partition - b.partition);

    it('are those that were told, and none where nothing was', async () => {
      await side.owner.advance([at(0, 5), at(2, 0, { fingerprint: null, appliedThrough: 7 })]);
      expect(await stored()).toEqual([at(0, 5), at(2, 0, { fingerprint: null, appliedThrough: 7 })]);
      expect(await side.rival.positions([1])).toEqual([]);
    });

    it('only grow: one that is behind changes nothing, in its own partition', async () => {
      const { owner, rival } = side;
      await owner.advance([at(0, 5, { appliedThrough: 50 }), at(1, 5)]);
      await rival.advance([at(0, 4, { appliedThrough: 60 }), at(1, 6)]);
      expect(await stored()).toEqual([at(0, 5, { appliedThrough: 50 }), at(1, 6)]);
    });

    it('that stand may say anew what was before them', async () => {
      const { owner, rival } = side;
      await owner.advance([at(0, 5)]);
      await rival.advance([at(0, 5, { fingerprint: 'another', appliedThrough: 60 })]);
      expect(await stored()).toEqual([at(0, 5, { fingerprint: 'another', appliedThrough: 60 })]);
    });

    it('say through what time all is applied as it was said last, an earlier time too; where nothing is said of it, it stays', async () => {
      const { owner, rival } = side;
      await owner.advance([at(0, 5, { appliedThrough: 60 })]);
      await owner.advance([at(0, 6)]);
      expect(await stored()).toEqual([at(0, 6, { appliedThrough: 60 })]);
      await rival.advance([at(0, 7, { appliedThrough: 40 })]);
      expect(await stored()).toEqual([at(0, 7, { appliedThrough: 40 })]);
    });
  });

  describe('of an id without a reservation', () => {
    const id = reserveOf('hot').reservationId;

    it('nothing is known until its partition has said through what time it is applied', async () => {
      const { owner, reader } = side;
      expect(await reader.absence(id, 0)).toEqual({ appliedThrough: null, isDeadLetter: false });
      await owner.advance([at(0, 5)]);
      expect(await reader.absence(id, 0)).toEqual({ appliedThrough: null, isDeadLetter: false });
      const now = await owner.now();
      await owner.advance([at(0, 5, { appliedThrough: now })]);
      expect(await reader.absence(id, 0)).toEqual({ appliedThrough: now, isDeadLetter: false });
      expect(await reader.absence(id, 1)).toEqual({ appliedThrough: null, isDeadLetter: false });
    });

    it('a time to come, left by a clock that was set back, says nothing', async () => {
      const { owner, reader } = side;
      await owner.advance([at(0, 5, { appliedThrough: (await owner.now()) + 3_600_000 })]);
      expect((await reader.absence(id, 0)).appliedThrough).toBeNull();
    });
  });
});
