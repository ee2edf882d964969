import fc, { type Arbitrary } from 'fast-check';
import { aRow } from '../../test/support/domain.js';
import {
  type CommandId,
  ISSUER_PATTERN,
  type Issuer,
  PAYMENT_REFERENCE_PATTERN,
  SKU_ID_PATTERN,
  type SkuId,
  USER_ID_PATTERN,
  type UserId,
} from '../domain/ids.js';
import { ADJUST_REFUSALS, CONFIGURE_REFUSALS, HOLD_REFUSALS, RESERVE_REFUSALS } from '../domain/refusal.js';
import { RESERVATION_STATUSES } from '../domain/reservation.js';
import type { ReservationView } from '../ports/hints.js';
import { ADMITTED_MARK, decodeStatus, encodeStatus } from './status-codec.js';

const RUNS = { seed: 20_260_615, numRuns: 1_000 };
const ID = aRow().reservationId;
const whole = fc.oneof(fc.constantFrom(0, 1, Number.MAX_SAFE_INTEGER), fc.maxSafeNat());

/** Whatever an id, an issuer or a user may hold, and any number that a column or a clock gives. */
const views: Arbitrary<ReservationView> = fc.record({
  reservationId: fc.constant(ID),
  skuId: fc.stringMatching(SKU_ID_PATTERN).map((text) => text as SkuId),
  issuer: fc.stringMatching(ISSUER_PATTERN).map((text) => text as Issuer),
  userId: fc.stringMatching(USER_ID_PATTERN).map((text) => text as UserId),
  quantity: fc.integer({ min: 1 }),
  status: fc.constantFrom(...RESERVATION_STATUSES),
  reason: fc.option(fc.constantFrom(...RESERVE_REFUSALS, ...HOLD_REFUSALS, ...ADJUST_REFUSALS, ...CONFIGURE_REFUSALS)),
  sequence: fc.option(whole),
  version: whole,
  queuedAt: whole,
  decideBy: whole,
  decidedAt: fc.option(whole),
  expiresAt: fc.option(whole),
  confirmedAt: fc.option(whole),
  paymentReference: fc.option(fc.stringMatching(PAYMENT_REFERENCE_PATTERN)),
});

test('a status is its version and the JSON of its fields', () => {
  fc.assert(
    fc.property(views, (view) => {
      const { skuId, issuer, userId, quantity, status, reason, sequence, queuedAt, decideBy, decidedAt, expiresAt } = view;
      const { confirmedAt, paymentReference } = view;
      const fields = [skuId, issuer, userId, quantity, status, reason, sequence, queuedAt, decideBy, decidedAt, expiresAt];
      expect(encodeStatus(view)).toBe(`${view.version}|${JSON.stringify([...fields, confirmedAt, paymentReference])}`);
    }),
    RUNS,
  );
});

test('is read back as it was, is one line without a space, and is never taken for the mark of the door', () => {
  fc.assert(
    fc.property(views, (view) => {
      const text = encodeStatus(view);
      expect(decodeStatus(view.reservationId, text)).toEqual(view);
      expect(text).toMatch(/^\d+\|\S+$/);
      expect(text.startsWith(ADMITTED_MARK)).toBe(false);
    }),
    RUNS,
  );
});

test.each([null, '', '|', '|[]', ADMITTED_MARK, `${ADMITTED_MARK}|[]`, 'no status'])('%j is no status', (text) => {
  expect(decodeStatus(ID, text)).toBeNull();
});

test('a row is told without what concerns nobody outside: the command that prolonged it', () => {
  const row = aRow(
    {},
    { status: 'CONFIRMED', paymentReference: 'pi_3MtwBwLkdIwHu7ix', confirmedAt: 7, extensionId: 'secret' as CommandId },
  );
  const { extensionId: _, ...view } = row;
  expect(encodeStatus(row)).not.toContain('secret');
  expect(decodeStatus(ID, encodeStatus(row))).toEqual(view);
});
