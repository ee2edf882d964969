import fc, { type Arbitrary } from 'fast-check';
import type { LogRecord, SkuChange } from '../../src/domain/command.js';
import type { Offset } from '../../src/domain/ids.js';
import { UNITS_MAX } from '../../src/domain/limits.js';
import type { DecidedStatus } from '../../src/domain/reservation.js';
import { type SkuSettings, unknownStock } from '../../src/domain/stock.js';
import {
  aCancel,
  aConfigure,
  aConfirm,
  anAdjust,
  anExpire,
  anExtend,
  aReserve,
  aRow,
  aSnapshot,
  aStock,
  DECIDE_BY,
  type KnownSku,
  NOW,
  PARTITION,
  principal,
  SKU,
  unitsIn,
} from './domain.js';

export interface Sale {
  readonly snapshot: KnownSku;
  readonly records: readonly LogRecord[];
  readonly now: number;
}

/** Last offset applied to a SKU with a past. */
const WATERMARK = 6;

const near = (below: number, above: number): Arbitrary<number> => fc.integer({ min: -below, max: above }).map((ms) => NOW + ms);
const orNull = <T>(values: Arbitrary<T>, nulls: number): Arbitrary<T | null> =>
  fc.oneof({ weight: nulls, arbitrary: fc.constant(null) }, { weight: 10 - nulls, arbitrary: values });

const buyers = {
  user: fc.constantFrom('ann', 'ann', 'bob', 'cy'),
  issuer: fc.constantFrom('shop', 'shop', 'shop', 'idp'),
  key: fc.constantFrom('k1', 'k1', 'k2', 'k3'),
};
const settingsArbitrary: Arbitrary<Omit<SkuSettings, 'name'>> = fc.record({
  state: fc.oneof({ weight: 6, arbitrary: fc.constant('OPEN' as const) }, { weight: 1, arbitrary: fc.constant('PAUSED' as const) }),
  perUserLimit: fc.integer({ min: 1, max: 8 }),
  maxQuantity: fc.integer({ min: 1, max: 5 }),
  holdSeconds: fc.integer({ min: 1, max: 900 }),
  maxExtendSeconds: fc.integer({ min: 0, max: 900 }),
  opensAt: orNull(near(5, 3), 8),
  closesAt: orNull(near(3, 5), 8),
});
/** As a SKU can have them: the window of none closes before it opens. */
const validSettings = settingsArbitrary.map(({ opensAt, closesAt, ...rest }) => ({
  ...rest,
  opensAt,
  closesAt: opensAt !== null && closesAt !== null ? Math.max(closesAt, opensAt + 1) : closesAt,
}));

const reserveArbitrary: Arbitrary<LogRecord> = fc
  .record({
    ...buyers,
    quantity: fc.oneof(
      { weight: 20, arbitrary: fc.integer({ min: 1, max: 4 }) },
      { weight: 1, arbitrary: fc.constantFrom(0, -1, UNITS_MAX + 1) },
    ),
    appendedAt: near(6, 6),
    timestamp: near(60, 0),
    decideBy: fc.oneof({ weight: 1, arbitrary: near(3, 3) }, { weight: 4, arbitrary: fc.constant(DECIDE_BY) }),
    /** One who sends an id that is another's. */
    sender: orNull(fc.record({ user: buyers.user, issuer: buyers.issuer }), 9),
  })
  .map(({ sender, ...parts }) => {
    const record = aReserve(parts);
    return sender === null ? record : { ...record, command: { ...record.command, ...principal(sender.user, sender.issuer) } };
  });

const holdArbitrary: Arbitrary<LogRecord> = fc
  .record({
    of: fc.record(buyers),
    kind: fc.constantFrom('confirm', 'cancel', 'extend', 'expire'),
    paymentReference: fc.constantFrom('pay-1', 'pay-2'),
    seconds: orNull(fc.constantFrom(-1, 0, 1, 30, 901), 6),
    salt: fc.constantFrom('a', 'b'),
    /** One who means a reservation that is another's. */
    sender: orNull(fc.record({ user: buyers.user, issuer: buyers.issuer }), 9),
  })
  .map(({ kind, sender, ...parts }) => {
    const by = sender === null ? {} : { by: principal(sender.user, sender.issuer) };
    if (kind === 'confirm') return aConfirm({ ...parts, ...by });
    if (kind === 'cancel') return aCancel({ ...parts, ...by });
    return kind === 'extend' ? anExtend({ ...parts, ...by }) : anExpire(parts);
  });

const adjustArbitrary: Arbitrary<LogRecord> = fc
  .record({
    delta: fc.oneof(
      { weight: 9, arbitrary: fc.integer({ min: -9, max: 9 }) },
      { weight: 1, arbitrary: fc.constantFrom(UNITS_MAX, -UNITS_MAX) },
    ),
    salt: fc.constantFrom('a', 'b'),
  })
  .map(anAdjust);

const configureArbitrary: Arbitrary<LogRecord> = fc
  .record({
    ifMatch: orNull(
      fc.oneof({ weight: 4, arbitrary: fc.integer({ min: 0, max: 3 }) }, { weight: 1, arbitrary: fc.constant('*' as const) }),
      3,
    ),
    total: orNull(fc.integer({ min: 0, max: 15 }), 5),
    change: fc.oneof(
      {
        weight: 3,
        arbitrary: settingsArbitrary.chain((settings) =>
          fc.subarray(Object.entries(settings)).map((kept) => Object.fromEntries(kept) as SkuChange),
        ),
      },
      { weight: 1, arbitrary: fc.record({ opensAt: near(4, 4), closesAt: near(4, 4) }) },
    ),
  })
  .map(aConfigure);

/** Few buyers and few keys, so that repeats, reused keys and limits are met often. */
const recordsArbitrary = fc
  .array(
    fc.tuple(
      fc.oneof(
        { weight: 12, arbitrary: reserveArbitrary },
        { weight: 10, arbitrary: holdArbitrary },
        { weight: 2, arbitrary: configureArbitrary },
        { weight: 1, arbitrary: adjustArbitrary },
      ),
      fc.integer({ min: 1, max: 3 }),
    ),
    { minLength: 1, maxLength: 30, size: 'max' },
  )
  .map((steps) => {
    let offset = WATERMARK;
    return steps.map(([record, step]): LogRecord => {
      offset += step;
      return { ...record, offset: offset as Offset };
    });
  });

const rowArbitrary = fc
  .tuple(
    fc.record({ ...buyers, quantity: fc.integer({ min: 1, max: 4 }) }),
    fc.constantFrom<DecidedStatus>('RESERVED', 'RESERVED', 'REJECTED', 'CONFIRMED', 'CANCELLED', 'EXPIRED'),
    near(5, 5),
    fc.boolean(),
    orNull(fc.constantFrom('a', 'b'), 5),
  )
  // Some holds are about to end, or have ended unnoticed; some were prolonged.
  .map(([of, status, end, ends, salt]) => {
    const extensionId = salt === null || status === 'REJECTED' ? null : anExtend({ of, salt }).command.commandId;
    return aRow(of, { status, extensionId, ...(ends && status === 'RESERVED' ? { expiresAt: end } : {}) });
  });

/** A SKU with a past: its counts are those of its rows, so I2 holds to begin with. */
const skuWithPast = fc
  .record({
    rows: fc.uniqueArray(rowArbitrary, { maxLength: 6, size: 'max', selector: ({ reservationId }) => reservationId }),
    free: fc.integer({ min: 0, max: 15 }),
    settings: validSettings,
    version: fc.integer({ min: 0, max: 3 }),
    decidedAt: near(4, 4),
  })
  .map(({ rows, free, ...rest }) => {
    const reserved = unitsIn(rows, 'RESERVED');
    const confirmed = unitsIn(rows, 'CONFIRMED');
    return aSnapshot(aStock({ ...rest, reserved, confirmed, total: reserved + confirmed + free, sequence: 5, watermark: WATERMARK }), rows);
  });

/** A SKU that may be unknown, full, paused or out of its window; a list of commands for it; and the database's clock. */
export const saleArbitrary: Arbitrary<Sale> = fc.record({
  snapshot: fc.oneof({ weight: 4, arbitrary: skuWithPast }, { weight: 1, arbitrary: fc.constant(aSnapshot(unknownStock(SKU, PARTITION))) }),
  records: recordsArbitrary,
  now: near(3, 3),
});
