import fc, { type Arbitrary } from 'fast-check';
import { answers } from '../../test/support/domain.js';
import { configureOf, reserveOf } from '../../test/support/memory-log.js';
import { adjustOf, BEGINNING, eventfulSale, holdOf, LivingSale } from '../../test/support/whole-lives.js';
import type { Command } from '../domain/command.js';
import { changedColumns, rowAsMade } from './one-row.js';
import type { ReservationRow } from './read.js';
import { Replay } from './replay.js';
import { newReplayMemory, type RowListener } from './sale.js';

/** The rows as the replay tells them. */
class Rows implements RowListener {
  readonly byId = new Map<string, ReservationRow>();
  made: RowListener['made'] = (row) => void this.byId.set(row.reservationId, rowAsMade(row));
  changed: RowListener['changed'] = (id, change) => void this.byId.set(id, { ...this.byId.get(id)!, ...changedColumns(change) });
}

const memory = newReplayMemory();

/** Replays what the writer decided, and holds all of it against what the writer has. */
function expectEqual({ sku, batches, known }: LivingSale): void {
  const rows = new Rows();
  const replay = new Replay(sku, memory, rows);
  for (const { entry } of batches) expect(replay.take(entry)).toBeNull();
  const { stock } = known;
  expect(replay.chain).toEqual({
    partition: stock.partition,
    sequence: stock.sequence,
    offset: stock.watermark,
    headHash: stock.headHash,
    decidedAt: stock.decidedAt,
  });
  const { total, reserved, confirmed, settings, version } = stock;
  expect(replay.sale).toMatchObject({ total, reserved, confirmed, settings, version });
  expect(rows.byId.size).toBe(known.reservations.size);
  for (const row of known.reservations.values()) {
    const { reservationId, skuId, userId, queuedAt, decideBy, decidedAt, expiresAt, confirmedAt, paymentReference, extensionId, ...same } =
      row;
    expect(skuId).toBe(sku);
    expect(rows.byId.get(reservationId)).toEqual({
      ...same,
      reservation_id: reservationId,
      user_id: userId,
      queued_at: queuedAt,
      decide_by: decideBy,
      decided_at: decidedAt,
      expires_at: expiresAt,
      confirmed_at: confirmedAt,
      payment_reference: paymentReference,
      extension_id: extensionId,
    });
  }
}

test('a sale with every kind of decision equals its replay', () => {
  const sale = eventfulSale('hot');
  expect(sale.batches.flatMap(answers)).toEqual(
    [
      'CONFIGURED',
      'RESERVED RESERVED RESERVED RESERVED SOLD_OUT DUPLICATE KEY_REUSED',
      'CONFIRMED CANCELLED EXTENDED DUPLICATE RESERVED USER_LIMIT_EXCEEDED',
      'RESERVATION_EXPIRED NOT_DUE ADJUSTED BELOW_COMMITTED NOT_FOUND ALREADY_CONFIRMED',
      'EXPIRED EXPIRED RESERVATION_EXPIRED RESERVED CONFIGURED SALE_PAUSED',
    ].flatMap((entry) => entry.split(' ')),
  );
  expectEqual(sale);
});

const user = fc.constantFrom('ann', 'bob', 'cy');
const key = fc.constantFrom('k1', 'k2', 'k3');
const commands: Arbitrary<Command> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.tuple(user, key, fc.integer({ min: -1, max: 4 })).map(([who, of, units]) => reserveOf('hot', who, of, units)),
  },
  {
    weight: 8,
    arbitrary: fc
      .tuple(
        fc.constantFrom('confirm', 'cancel', 'extend', 'expire'),
        user,
        key,
        fc.constantFrom('1', '2'),
        fc.integer({ min: 0, max: 70 }),
      )
      .map(([type, who, of, nonce, detail]) => holdOf('hot', type as 'confirm', who, { key: of, nonce, detail })),
  },
  {
    weight: 1,
    arbitrary: fc.tuple(fc.integer({ min: -5, max: 5 }), fc.constantFrom('1', '2')).map(([delta, nonce]) => adjustOf('hot', delta, nonce)),
  },
  { weight: 1, arbitrary: fc.constantFrom(3, 9, null).map((total) => configureOf('hot', total, { holdSeconds: 60 })) },
  {
    weight: 2,
    arbitrary: fc
      .tuple(
        fc.integer({ min: 1, max: 9 }),
        fc.integer({ min: 1, max: 6 }),
        fc.constantFrom(null, BEGINNING + 90_000),
        fc.constantFrom(null, BEGINNING + 60_000),
      )
      .map(([ifMatch, perUserLimit, opensAt, closesAt]) => configureOf('hot', null, { perUserLimit, opensAt, closesAt }, ifMatch)),
  },
);
const batches = fc.array(fc.tuple(fc.integer({ min: 0, max: 50 }), fc.array(commands, { minLength: 1, maxLength: 12 })), {
  minLength: 1,
  maxLength: 8,
});

test('whatever is decided equals its replay', () => {
  fc.assert(
    fc.property(fc.boolean(), batches, (created, written) => {
      const sale = new LivingSale('hot');
      if (created) sale.next(0, [configureOf('hot', 9, { holdSeconds: 60, maxExtendSeconds: 60, perUserLimit: 6 })]);
      let at = 0;
      for (const [wait, batch] of written) {
        at += wait;
        sale.next(at, batch);
      }
      expectEqual(sale);
    }),
    { numRuns: 200 },
  );
});

test('a replay begins with nothing of the one before', () => {
  expectEqual(eventfulSale('hot'));
  expectEqual(eventfulSale('warm'));
});

test('thousands of reservations are found again, over several segments', () => {
  const sale = new LivingSale('hot');
  const replay = new Replay('hot', memory);
  const users = Array.from({ length: 40_000 }, (_, n) => `u${n}`);
  expect(replay.take(sale.next(0, [configureOf('hot', 50_000)]).entry)).toBeNull();
  expect(
    replay.take(
      sale.next(
        0,
        users.map((name) => reserveOf('hot', name)),
      ).entry,
    ),
  ).toBeNull();
  expect([memory.holds.size, memory.buyers.size, replay.sale.reserved]).toEqual([40_000, 40_000, 40_000]);
  const { holds } = memory;
  const rows = [...sale.known.reservations.values()];
  expect(rows.filter(({ reservationId: id }) => holds.id(holds.find(id)) !== id)).toEqual([]);
});
