import fc from 'fast-check';
import { saleArbitrary } from '../../test/support/any-sale.js';
import {
  aCancel,
  aConfirm,
  anAdjust,
  anExpire,
  anExtend,
  aReserve,
  aRow,
  aSnapshot,
  aStock,
  byId,
  inLog,
  NOW,
  principal,
  rowsAfter,
} from '../../test/support/domain.js';
import { decide } from './decide.js';
import type { LedgerEntry } from './decision.js';
import type { Reservation } from './reservation.js';

const RUNS = { seed: 20_260_106, numRuns: 500 };

/** As an auditor would read them: what the lines of an entry make of these rows. */
function rebuilt(rows: Iterable<Reservation>, entry: LedgerEntry): Map<string, Reservation> {
  const state = byId([...rows]);
  for (const [at, line] of entry.decisions.split('\n').entries()) {
    const [, type, commandId, outcome, reason, ...rest] = JSON.parse(line);
    if (outcome === 'DUPLICATE' || type === 'configure' || type === 'adjust') continue;
    const version = entry.firstSequence + at;
    if (type === 'reserve') {
      const [issuer, userId, quantity, queuedAt, decideBy, expiresAt] = rest;
      if (reason === 'KEY_REUSED' || reason === 'INVALID_QUANTITY') continue;
      const asked = { reservationId: commandId, skuId: entry.skuId, issuer, userId, quantity, queuedAt, decideBy };
      const untouched = { confirmedAt: null, paymentReference: null, extensionId: null };
      const decided = { status: outcome === 'RESERVED' ? outcome : 'REJECTED', reason, sequence: version, version, decidedAt: entry.now };
      state.set(commandId, { ...asked, ...decided, expiresAt, ...untouched });
      continue;
    }
    const [id, , , asked, expiresAt] = rest;
    const row = state.get(id);
    if (row === undefined) continue;
    if (outcome === 'CONFIRMED') state.set(id, { ...row, version, status: 'CONFIRMED', confirmedAt: entry.now, paymentReference: asked });
    if (outcome === 'CANCELLED') state.set(id, { ...row, version, status: 'CANCELLED' });
    if (outcome === 'EXTENDED') state.set(id, { ...row, version, expiresAt, extensionId: commandId });
    const ends = outcome === 'EXPIRED' || (reason === 'RESERVATION_EXPIRED' && row.status === 'RESERVED');
    if (ends) state.set(id, { ...row, version, status: 'EXPIRED' });
  }
  return state;
}

it('for any batch, every row it makes or changes can be rebuilt from the lines and the entry alone', () => {
  let changes = 0;
  fc.assert(
    fc.property(saleArbitrary, ({ snapshot, records, now }) => {
      const batch = decide(snapshot, records, now);
      const before = [...snapshot.reservations.values()];
      const inOrder = (rows: Iterable<Reservation>): Reservation[] =>
        [...rows].sort((a, b) => (a.reservationId < b.reservationId ? -1 : 1));
      expect(inOrder(rebuilt(before, batch.entry).values())).toEqual(inOrder(rowsAfter(before, batch)));
      changes += batch.changed.length;
    }),
    RUNS,
  );
  expect(changes).toBeGreaterThan(60);
});

// The ledger outlives the program: lines of another form would make old entries unreadable.
it('the lines of a life have a fixed form', () => {
  const of = { of: { user: 'ann' } };
  const bob = { of: { user: 'bob', issuer: 'idp' } };
  const row = aRow(bob.of, { expiresAt: NOW });
  const records = [
    aReserve(of.of),
    anExtend({ ...of, seconds: 700 }),
    anExtend(of),
    anExtend(of),
    anExpire(of),
    aConfirm({ ...of, by: principal('eve') }),
    aConfirm({ ...of, paymentReference: 'pi_3M/x=' }),
    aConfirm({ ...of, paymentReference: 'pi_3M/x=' }),
    aCancel(of),
    aCancel(bob),
    anExpire(bob),
    anAdjust({ delta: -7, reason: 'a "thing"\nbroke' }),
    anAdjust({ delta: -7 }),
    anAdjust({ delta: -999, reason: '' }),
    aReserve({ user: 'cy', quantity: 0 }),
  ];
  const { entry } = decide(aSnapshot(aStock({ reserved: 1 }), [row]), inLog(records, 10), NOW);
  const [ann, bobs] = [records[0]?.command.commandId, row.reservationId];
  const id = (at: number): string => records[at]?.command.commandId ?? '';
  expect(entry.decisions.split('\n')).toEqual([
    `[10,"reserve","${ann}","RESERVED",null,"shop","ann",1,${NOW - 20},${NOW + 30_000},${NOW + 600_000}]`,
    `[11,"extend","${id(1)}","REFUSED","EXTENSION_TOO_LONG","${ann}","shop","ann",700,${NOW + 600_000}]`,
    `[12,"extend","${id(2)}","EXTENDED",null,"${ann}","shop","ann",null,${NOW + 1_200_000}]`,
    `[13,"extend","${id(3)}","DUPLICATE",null,"${ann}"]`,
    `[14,"expire","${id(4)}","REFUSED","NOT_DUE","${ann}"]`,
    `[15,"confirm","${id(5)}","REFUSED","NOT_FOUND","${ann}","shop","eve","pay-1"]`,
    `[16,"confirm","${id(6)}","CONFIRMED",null,"${ann}","shop","ann","pi_3M/x="]`,
    `[17,"confirm","${id(7)}","DUPLICATE",null,"${ann}"]`,
    `[18,"cancel","${id(8)}","REFUSED","ALREADY_CONFIRMED","${ann}","shop","ann"]`,
    `[19,"cancel","${id(9)}","REFUSED","RESERVATION_EXPIRED","${bobs}","idp","bob"]`,
    `[20,"expire","${id(10)}","DUPLICATE",null,"${bobs}"]`,
    `[21,"adjust","${id(11)}","ADJUSTED",null,"console","operator",-7,"a \\"thing\\"\\nbroke"]`,
    `[22,"adjust","${id(12)}","DUPLICATE",null]`,
    `[23,"adjust","${id(13)}","REFUSED","BELOW_COMMITTED","console","operator",-999,""]`,
    `[24,"reserve","${id(14)}","REFUSED","INVALID_QUANTITY","shop","cy",0]`,
  ]);
});
