import type { AdjustCommand, Command, ConfigureCommand, HoldCommand, LogRecord, ReserveCommand } from '../../src/domain/command.js';
import type { Reservation } from '../../src/domain/reservation.js';
import type { SkuSettings, Stock } from '../../src/domain/stock.js';

type Row = { -readonly [Field in keyof Reservation]: Reservation[Field] };

/** Where the telling begins. */
interface Known {
  readonly stock: Stock;
  readonly reservations: Iterable<Reservation>;
  readonly knownCommands: Iterable<string>;
}

/**
 * The same rules, told as slowly and plainly as possible: all state is one list of what happened, and every figure is counted from it
 * anew for every record. Shares no code with what it judges.
 */
export class NaiveSale {
  readonly rows: Row[];
  readonly answers: string[] = [];
  /** Of the SKU, after each command that changed them; else null. */
  readonly settings: (SkuSettings | null)[] = [];
  /** Of the decisions that follow. */
  now: number;
  #settings;
  #total;
  #version;
  #sequence;
  readonly #done: string[];

  constructor({ stock, reservations, knownCommands }: Known, now: number) {
    this.rows = [...reservations].map((row) => ({ ...row }));
    this.now = Math.max(now, stock.decidedAt);
    this.#settings = stock.settings;
    this.#total = stock.total;
    this.#version = stock.version;
    this.#sequence = stock.sequence;
    this.#done = [...knownCommands];
  }

  take({ command, appendedAt }: LogRecord): void {
    this.#sequence++;
    const answer = this.#answer(command, appendedAt);
    this.answers.push(answer);
    this.settings.push(answer === 'CONFIGURED' ? this.#settings : null);
  }

  get state() {
    const reserved = this.#units((row) => row.status === 'RESERVED');
    const confirmed = this.#units((row) => row.status === 'CONFIRMED');
    return { total: this.#total, reserved, confirmed, settings: this.#settings, version: this.#version, sequence: this.#sequence };
  }

  #answer(command: Command, appendedAt: number): string {
    if (command.type === 'reserve') return this.#reserve(command, appendedAt);
    if (command.type !== 'configure' && command.type !== 'adjust') return this.#hold(command);
    if (this.#done.includes(command.commandId)) return 'DUPLICATE';
    this.#done.push(command.commandId);
    return command.type === 'adjust' ? this.#adjust(command) : this.#configure(command);
  }

  #units(wanted: (row: Reservation) => boolean): number {
    let sum = 0;
    for (const row of this.rows) if (wanted(row)) sum += row.quantity;
    return sum;
  }

  #reserve(command: ReserveCommand, appendedAt: number): string {
    if (!(command.quantity >= 1 && command.quantity <= 1e9)) return 'INVALID_QUANTITY';
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
      confirmedAt: null,
      paymentReference: null,
      extensionId: null,
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

  #hold(command: HoldCommand): string {
    const row = this.rows.find(({ reservationId }) => reservationId === command.reservationId);
    if (!row) return 'NOT_FOUND';
    const stranger = row.issuer !== command.issuer || row.userId !== command.userId;
    if (stranger && command.type !== 'expire') return 'NOT_FOUND';
    if (command.type === 'extend' && row.extensionId === command.commandId) return 'DUPLICATE';
    if (row.status === 'REJECTED') return 'NOT_RESERVED';
    if (row.status === 'EXPIRED') return command.type === 'expire' ? 'DUPLICATE' : 'RESERVATION_EXPIRED';
    if (row.status === 'CANCELLED') return command.type === 'cancel' ? 'DUPLICATE' : 'ALREADY_CANCELLED';
    if (row.status === 'CONFIRMED') {
      return command.type === 'confirm' && command.paymentReference === row.paymentReference ? 'DUPLICATE' : 'ALREADY_CONFIRMED';
    }
    const end = row.expiresAt as number;
    if (end <= this.now) {
      Object.assign(row, { status: 'EXPIRED', version: this.#sequence });
      return command.type === 'expire' ? 'EXPIRED' : 'RESERVATION_EXPIRED';
    }
    if (command.type === 'expire') return 'NOT_DUE';
    if (command.type === 'extend') {
      if (row.extensionId) return 'ALREADY_EXTENDED';
      const most = this.#settings.maxExtendSeconds;
      const seconds = command.seconds === null ? most : command.seconds;
      if (seconds <= 0 || seconds > most) return 'EXTENSION_TOO_LONG';
      Object.assign(row, { expiresAt: end + 1000 * seconds, extensionId: command.commandId, version: this.#sequence });
      return 'EXTENDED';
    }
    Object.assign(row, { status: command.type === 'confirm' ? 'CONFIRMED' : 'CANCELLED', version: this.#sequence });
    if (command.type === 'confirm') Object.assign(row, { confirmedAt: this.now, paymentReference: command.paymentReference });
    return row.status;
  }

  #adjust({ delta }: AdjustCommand): string {
    if (this.#settings.state === 'UNKNOWN') return 'NOT_FOUND';
    const given = this.#units((row) => ['RESERVED', 'CONFIRMED'].includes(row.status));
    if (this.#total + delta - given < 0) return 'BELOW_COMMITTED';
    if (this.#total + delta > 1e9) return 'TOTAL_TOO_LARGE';
    this.#total += delta;
    return 'ADJUSTED';
  }

  #configure({ skuId, ifMatch, total, change }: ConfigureCommand): string {
    const isNew = this.#settings.state === 'UNKNOWN';
    if (isNew && (ifMatch !== null || total === null)) return 'NOT_FOUND';
    if (!isNew && (total !== null || (ifMatch !== this.#version && ifMatch !== '*'))) return 'VERSION_CONFLICT';
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
