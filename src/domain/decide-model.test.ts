import fc from 'fast-check';
import { saleArbitrary } from '../../test/support/any-sale.js';
import { rowsAfter } from '../../test/support/domain.js';
import { NaiveSale } from '../../test/support/naive-sale.js';
import { decide } from './decide.js';

const RUNS = { seed: 20_260_104, numRuns: 500 };
describe('against a naive telling of the same rules', () => {
  it('every answer, every row and the final stock are the same, and units are neither made nor lost', () => {
    fc.assert(
      fc.property(saleArbitrary, (sale) => {
        const { stock, reservations, knownCommands } = sale.snapshot;
        const model = new NaiveSale({ stock, reservations: reservations.values(), knownCommands }, sale.now);
        const { decisions, created, changed, after, now } = decide(sale.snapshot, sale.records, sale.now);
        for (const [at, record] of sale.records.entries()) {
          model.take(record);
          const { total, reserved, confirmed } = model.state;
          expect(Math.min(reserved, confirmed, total - reserved - confirmed)).toBeGreaterThanOrEqual(0);
          const reservation = decisions[at]?.reservation;
          if (reservation) expect(reservation).toEqual(model.rows.find(({ reservationId }) => reservationId === reservation.reservationId));
        }
        expect(decisions.map(({ outcome, reason }) => reason ?? outcome)).toEqual(model.answers);
        expect(decisions.map(({ settings }) => settings)).toEqual(model.settings);
        const rows = rowsAfter([...sale.snapshot.reservations.values()], { created, changed });
        expect(new Map(rows.map((row) => [row.reservationId, row]))).toEqual(new Map(model.rows.map((row) => [row.reservationId, row])));
        expect(after).toMatchObject(model.state);
        expect(now).toBe(model.now);
      }),
      RUNS,
    );
  });
});
