import fc, { type Arbitrary } from 'fast-check';
import { type Sale, saleArbitrary } from '../../test/support/any-sale.js';
import { aSnapshot, committed, type KnownSku, knownSku, rowsAfter } from '../../test/support/domain.js';
import type { LogRecord } from './command.js';
import { decide } from './decide.js';
import type { SkuBatch } from './decision.js';
import type { Reservation } from './reservation.js';
import type { Stock } from './stock.js';

const RUNS = { seed: 20_260_103, numRuns: 300 };

const holds = (claim: (sale: Sale, batch: SkuBatch) => void, numRuns = RUNS.numRuns): void =>
  fc.assert(
    fc.property(saleArbitrary, (sale) => claim(sale, decide(sale.snapshot, sale.records, sale.now))),
    { ...RUNS, numRuns },
  );

/** The sale's records cut into chunks, each decided on what the one before it left. */
function inChunks({ snapshot, records }: Sale, cuts: readonly number[], nowOf: (chunk: number) => number): SkuBatch[] {
  const bounds = [...new Set([0, ...cuts.map((cut) => cut % records.length), records.length])].sort((a, b) => a - b);
  let state: KnownSku = snapshot;
  return bounds.slice(1).map((end, chunk) => {
    const batch = decide(state, records.slice(bounds[chunk], end), nowOf(chunk));
    state = committed(state, batch);
    return batch;
  });
}

const lines = (batches: readonly SkuBatch[]): string => batches.map(({ entry }) => entry.decisions).join('\n');
const idOrder = (a: Reservation, b: Reservation): number => (a.reservationId < b.reservationId ? -1 : 1);
const rowsOf = (batches: readonly SkuBatch[]): Reservation[] =>
  batches.reduce<Reservation[]>((rows, batch) => rowsAfter(rows, batch), []).sort(idOrder);
const lastOf = (batches: readonly SkuBatch[]): Stock => (batches.at(-1) as SkuBatch).after;
const unlinked = ({ headHash: _, ...stock }: Stock): Omit<Stock, 'headHash'> => stock;
/** The same with a deadline, and with holds, that do not end within a minute. */
function patiently(record: LogRecord, now: number): LogRecord {
  const { command } = record;
  if (command.type === 'reserve') return { ...record, command: { ...command, decideBy: now + 60_000 } };
  return command.type === 'configure' ? { ...record, command: { ...command, change: { ...command.change, holdSeconds: 60 } } } : record;
}
const cutsArbitrary: Arbitrary<number[]> = fc.array(fc.nat(), { maxLength: 6 });

describe('however the list is cut into chunks', () => {
  it('at one time: the same stock, the same rows, the same lines of the ledger', () => {
    fc.assert(
      fc.property(saleArbitrary, cutsArbitrary, (sale, cuts) => {
        const whole = [decide(sale.snapshot, sale.records, sale.now)];
        const parts = inChunks(sale, cuts, () => sale.now);
        expect(unlinked(lastOf(parts))).toEqual(unlinked(lastOf(whole)));
        expect(rowsOf(parts)).toEqual(rowsOf(whole));
        expect(lines(parts)).toBe(lines(whole));
      }),
      RUNS,
    );
  });

  it('at later and later times: the same but for the times, as long as no deadline passes', () => {
    const patient = saleArbitrary.map(({ snapshot, records, now }) => {
      const rows = [...snapshot.reservations.values()].map((row) => ({ ...row, expiresAt: now + 60_000 }));
      const settings = { ...snapshot.stock.settings, holdSeconds: 60 };
      return { now, snapshot: aSnapshot({ ...snapshot.stock, settings }, rows), records: records.map((record) => patiently(record, now)) };
    });
    const untimed = ({ decidedAt: _d, expiresAt, confirmedAt, ...row }: Reservation): object => {
      return { ...row, expires: expiresAt !== null, confirmed: confirmedAt !== null };
    };
    fc.assert(
      fc.property(patient, cutsArbitrary, (sale, cuts) => {
        const whole = [decide(sale.snapshot, sale.records, sale.now)];
        const parts = inChunks(sale, cuts, (chunk) => sale.now + chunk * 1_000);
        const { decidedAt } = lastOf(parts);
        expect(unlinked(lastOf(parts))).toEqual({ ...unlinked(lastOf(whole)), decidedAt });
        expect(rowsOf(parts).map(untimed)).toEqual(rowsOf(whole).map(untimed));
      }),
      RUNS,
    );
  });
});

describe('a pure function', () => {
  it('gives the same bytes for the same arguments, and leaves them as they were', () => {
    holds((sale, batch) => {
      const { snapshot, ...rest } = structuredClone({ ...sale, snapshot: { ...sale.snapshot, holdings: null } });
      const copy = { ...rest, snapshot: knownSku(snapshot.stock, [...snapshot.reservations.values()], snapshot.knownCommands) };
      const again = decide(copy.snapshot, copy.records, copy.now);
      expect(JSON.stringify(again.entry)).toBe(JSON.stringify(batch.entry));
      expect(again).toEqual(batch);
      expect(copy).toEqual(sale);
    }, 100);
  });

  it('looks at nothing in the snapshot but the ids named and the units held by the buyers among the commands', () => {
    holds((sale, batch) => {
      const all = [...sale.snapshot.reservations.values()];
      const named = new Set(sale.records.flatMap(({ command }) => ('reservationId' in command ? [command.reservationId] : [])));
      const asked = [...sale.records.map(({ command }) => command), ...all.filter(({ reservationId }) => named.has(reservationId))];
      const buyers = new Set(asked.map(({ issuer, userId }) => `${issuer}/${userId}`));
      const rows = all.filter(({ reservationId, issuer, userId, status }) => {
        return named.has(reservationId) || (buyers.has(`${issuer}/${userId}`) && (status === 'RESERVED' || status === 'CONFIRMED'));
      });
      expect(decide(aSnapshot(sale.snapshot.stock, rows), sale.records, sale.now)).toEqual(batch);
    });
  });
});
