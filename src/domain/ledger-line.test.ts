import fc from 'fast-check';
import { aCancel, aConfigure, aConfirm, anAdjust, anExpire, anExtend, aReserve, aRow, aStock } from '../../test/support/domain.js';
import type { LogRecord } from './command.js';
import { OUTCOMES } from './decision.js';
import { type CommandId, ISSUER_PATTERN, type Issuer, PAYMENT_REFERENCE_PATTERN, USER_ID_PATTERN, type UserId } from './ids.js';
import { encodeDecision } from './ledger-entry.js';
import { ADJUST_REFUSALS, CONFIGURE_REFUSALS, HOLD_REFUSALS, RESERVE_REFUSALS } from './refusal.js';

const RUNS = { seed: 20_260_616, numRuns: 500 };

it('a line is the JSON of its fields, whatever ids, texts and figures may be', () => {
  const whole = fc.oneof(fc.constantFrom(0, Number.MAX_SAFE_INTEGER), fc.maxSafeNat());
  const by = fc.record({
    commandId: fc.uuid().map((id) => id as CommandId),
    issuer: fc.stringMatching(ISSUER_PATTERN).map((text) => text as Issuer),
    userId: fc.stringMatching(USER_ID_PATTERN).map((text) => text as UserId),
  });
  const figures = fc.record({
    offset: whole,
    appendedAt: whole,
    quantity: whole,
    timestamp: whole,
    decideBy: whole,
    expiresAt: fc.option(whole),
  });
  const reason = fc.option(fc.constantFrom(...RESERVE_REFUSALS, ...HOLD_REFUSALS, ...ADJUST_REFUSALS, ...CONFIGURE_REFUSALS));
  const outcome = fc.constantFrom(...OUTCOMES);
  const asked = fc.record({
    ifMatch: fc.oneof(fc.option(whole), fc.constant('*' as const)),
    total: fc.option(whole),
    name: fc.string({ unit: 'binary' }),
    opensAt: fc.option(whole),
  });
  fc.assert(
    fc.property(by, figures, reason, outcome, asked, fc.boolean(), (who, parts, why, result, { ifMatch, total, ...change }, applied) => {
      const { issuer, userId, commandId } = who;
      const { offset, appendedAt, quantity, timestamp, decideBy, expiresAt } = parts;
      const reservation = applied ? aRow({}, { expiresAt }) : null;
      const settings = applied ? { ...aStock().settings, ...change } : null;
      const window = why === 'SALE_NOT_OPEN' || why === 'SALE_CLOSED' ? [appendedAt] : [];
      const times = why === 'KEY_REUSED' || why === 'INVALID_QUANTITY' ? [] : [timestamp, decideBy, applied ? expiresAt : null, ...window];
      const made = { sequence: 1, outcome: result, reason: why, reservation, settings };
      for (const record of [
        aReserve({ offset, appendedAt, quantity, timestamp, decideBy }),
        aConfigure({ offset, ifMatch, total, change }),
      ]) {
        const { type } = record.command;
        const rest = type === 'reserve' ? [quantity, ...times] : [ifMatch, total, settings ?? change];
        const fields = [offset, type, commandId, result, why, ...(result === 'DUPLICATE' ? [] : [issuer, userId, ...rest])];
        const line = encodeDecision({ ...made, record: { ...record, command: { ...record.command, ...who } } });
        expect(line).toBe(JSON.stringify(fields));
      }
    }),
    RUNS,
  );
});

it('so is that of a command about a reservation, and of an adjustment', () => {
  const whole = fc.oneof(fc.constantFrom(0, -1, Number.MAX_SAFE_INTEGER), fc.maxSafeInteger());
  const parts = fc.record({
    commandId: fc.uuid().map((id) => id as CommandId),
    issuer: fc.stringMatching(ISSUER_PATTERN).map((text) => text as Issuer),
    userId: fc.stringMatching(USER_ID_PATTERN).map((text) => text as UserId),
    offset: whole,
    paymentReference: fc.stringMatching(PAYMENT_REFERENCE_PATTERN),
    seconds: fc.option(whole),
    expiresAt: fc.option(whole),
    delta: whole,
    text: fc.string({ unit: 'binary' }),
    outcome: fc.constantFrom(...OUTCOMES),
    reason: fc.option(fc.constantFrom(...HOLD_REFUSALS, ...ADJUST_REFUSALS)),
    found: fc.boolean(),
  });
  fc.assert(
    fc.property(
      parts,
      ({ commandId, issuer, userId, offset, paymentReference, seconds, expiresAt, delta, text, outcome, reason, found }) => {
        const reservation = found ? aRow({}, { expiresAt }) : null;
        const by = [issuer, userId];
        const id = aRow().reservationId;
        const cases: [LogRecord, unknown[], unknown[]][] = [
          [aConfirm({ offset, paymentReference }), [id], [...by, paymentReference]],
          [aCancel({ offset }), [id], by],
          [anExtend({ offset, seconds }), [id], [...by, seconds, found ? expiresAt : null]],
          [anExpire({ offset }), [id], []],
          [anAdjust({ offset, delta, reason: text }), [], [...by, delta, text]],
        ];
        for (const [record, always, rest] of cases) {
          const { command } = record;
          const line = encodeDecision({
            sequence: 1,
            outcome,
            reason,
            reservation,
            settings: null,
            record: { ...record, command: { ...command, commandId, issuer, userId } },
          });
          const fields = [offset, command.type, commandId, outcome, reason, ...always, ...(outcome === 'DUPLICATE' ? [] : rest)];
          expect(line).toBe(JSON.stringify(fields));
        }
      },
    ),
    RUNS,
  );
});
