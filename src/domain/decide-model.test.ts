import fc from 'fast-check';
import { type Sale, saleArbitrary } from '../../test/support/any-sale.js';
import type { ConfigureCommand, LogRecord, ReserveCommand } from './command.js';
import { decide } from './decide.js';
import type { Reservation } from './reservation.js';
import type { SkuSettings } from './stock.js';

const RUNS = { seed: 20_260_104, numRuns: 500 };

/**
 * The same rules, told as slowly and plainly as possible: all state is one list of what happened, and every figure is counted from it
 * anew for every record. Shares no code with what it judges.
 */
class NaiveSale {
  readonly rows: Reservation[];
  readonly answers: string[] = [];
  /** Of the SKU, after each command that changed them; else null. */
  readonly settings: (SkuSettings | null)[] = [];
  readonly now: number;
  #settings;
  #total;
  #version;
  #sequence;
  readonly #done: string[];

  constructor({ snapshot: { stock, reservations, knownCommands }, now }: Sale) {
    this.rows = [...reservations.values()];
    this.now = now > stock.decidedAt ? now : stock.decidedAt;
    this.#settings = stock.settings;
    this.#total = stock.total;
    this.#version = stock.version;
    this.#sequence = stock.sequence;
    this.#done = [...knownCommands];
  }

  take({ command, appendedAt }: LogRecord): void {
    this.#sequence++;
    const answer = command.type === 'reserve' ? this.#reserve(command, appendedAt) : this.#configure(command);
    this.answers.push(answer);
    this.settings.push(answer === 'CONFIGURED' ? this.#settings : null);
  }

  get state(): object {
    const reserved = this.#units((row) => row.status === 'RESERVED');
    const confirmed = this.#units((row) => row.status === 'CONFIRMED');
    return { total: this.#total, reserved, confirmed, settings: this.#settings, version: this.#version, sequence: this.#sequence };
  }

  #units(wanted: (row: Reservation) => boolean): number {
    let sum = 0;
    for (const row of this.rows) if (wanted(row)) sum += row.quantity;
    return sum;
  }

  #reserve(command: ReserveCommand, appendedAt: number): string {
    for (const row of this.rows) {
      if (row.reservationId !== command.reservationId) continue;
      const asBefore = [row.quantity, row.issuer, row.userId].join() === [command.quantity, command.issuer, command.userId].join();
      return asBefore ? 'DUPLICATE' : 'KEY_REUSED';
    }
    const reason = this.#refusal(command, appendedAt);
    this.rows.push({
      reservationId: command.reservationId,
      skuId: command.skuId,
      issuer: command.issuer,
      userId: command.userId,
      quantity: command.quantity,
      status: reason ? 'REJECTED' : 'RESERVED',
      reason,
      sequence: this.#sequence,
      version: this.#sequence,
      queuedAt: command.timestamp,
      decideBy: command.decideBy,
      decidedAt: this.now,
      expiresAt: reason ? null : this.now + 1000 * this.#settings.holdSeconds,
    });
    return reason ?? 'RESERVED';
  }

  #refusal(command: ReserveCommand, appendedAt: number): Reservation['reason'] {
    const { state, opensAt, closesAt, maxQuantity, perUserLimit } = this.#settings;
    const holding = (row: Reservation): boolean => ['RESERVED', 'CONFIRMED'].includes(row.status);
    const own = this.#units((row) => holding(row) && row.userId === command.userId && row.issuer === command.issuer);
    if (state === 'UNKNOWN') return 'UNKNOWN_SKU';
    if (command.decideBy < this.now) return 'DEADLINE_EXCEEDED';
    if (typeof opensAt === 'number' && opensAt > appendedAt) return 'SALE_NOT_OPEN';
    if (typeof closesAt === 'number' && closesAt <= appendedAt) return 'SALE_CLOSED';
    if (state === 'PAUSED') return 'SALE_PAUSED';
    if (maxQuantity < command.quantity) return 'QUANTITY_TOO_LARGE';
    if (perUserLimit - own < command.quantity) return 'USER_LIMIT_EXCEEDED';
    if (this.#total < this.#units(holding) + command.quantity) return 'SOLD_OUT';
    return null;
  }

  #configure({ commandId, skuId, ifMatch, total, change }: ConfigureCommand): string {
    if (this.#done.includes(commandId)) return 'DUPLICATE';
    this.#done.push(commandId);
    const isNew = this.#settings.state === 'UNKNOWN';
    if (isNew && (ifMatch !== null || total === null)) return 'NOT_FOUND';
    if (!isNew && (total !== null || ifMatch !== this.#version)) return 'VERSION_CONFLICT';
    const limits = { perUserLimit: 10, maxQuantity: 10, holdSeconds: 600, maxExtendSeconds: 600 };
    const fresh = { name: skuId, state: 'OPEN' as const, ...limits, opensAt: null, closesAt: null };
    const settings = Object.assign({}, isNew ? fresh : this.#settings, change);
    const { opensAt, closesAt } = settings;
    if (typeof opensAt === 'number' && typeof closesAt === 'number' && closesAt - opensAt <= 0) return 'INVALID_WINDOW';
    this.#settings = settings;
    if (total !== null) this.#total = total;
    this.#version = this.#sequence;
    return 'CONFIGURED';
  }
}

describe('against a naive telling of the same rules', () => {
  it('every answer, every row and the final stock are the same', () => {
    fc.assert(
      fc.property(saleArbitrary, (sale) => {
        const model = new NaiveSale(sale);
        for (const record of sale.records) model.take(record);
        const { decisions, created, after, now } = decide(sale.snapshot, sale.records, sale.now);

        expect(decisions.map(({ outcome, reason }) => reason ?? outcome)).toEqual(model.answers);
        expect(decisions.map(({ settings }) => settings)).toEqual(model.settings);
        const rows = new Map([...sale.snapshot.reservations.values(), ...created].map((row) => [row.reservationId, row]));
        expect(rows).toEqual(new Map(model.rows.map((row) => [row.reservationId, row])));
        expect(after).toMatchObject(model.state);
        expect(now).toBe(model.now);
        for (const { reservation, record } of decisions) {
          if (record.command.type === 'reserve') expect(reservation).toEqual(rows.get(record.command.reservationId));
        }
      }),
      RUNS,
    );
  });
});
