import fc from 'fast-check';
import { aConfigure, aReserve, aRow, aStock } from '../../test/support/domain.js';
import { OUTCOMES } from './decision.js';
import { type CommandId, ISSUER_PATTERN, type Issuer, USER_ID_PATTERN, type UserId } from './ids.js';
import { encodeDecision } from './ledger-entry.js';
import { CONFIGURE_REFUSALS, RESERVE_REFUSALS } from './refusal.js';

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
  const reason = fc.option(fc.constantFrom(...RESERVE_REFUSALS, ...CONFIGURE_REFUSALS));
  const outcome = fc.constantFrom(...OUTCOMES);
  const asked = fc.record({
    ifMatch: fc.option(whole),
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
      const times = why === 'KEY_REUSED' ? [] : [timestamp, decideBy, applied ? expiresAt : null, ...window];
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
