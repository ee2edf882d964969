import type { Command, ConfigureCommand, LogRecord, ReserveCommand } from './command.js';
import { configure } from './configure.js';
import type { Decision, Outcome, SkuBatch, SkuSnapshot } from './decision.js';
import type { CommandId, Issuer, Millis, UserId } from './ids.js';
import { ledgerEntry } from './ledger-entry.js';
import { RESERVE_REFUSALS, type Refusal, type RejectionReason, type ReserveRefusal } from './refusal.js';
import { HOLDS_UNITS, type Reservation } from './reservation.js';
import { available, type SkuSettings, type Stock } from './stock.js';

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };

/** What one command does, before it is numbered. */
interface Verdict {
  readonly outcome: Outcome;
  readonly reason: Refusal | null;
  readonly reservation: Reservation | null;
  readonly settings: SkuSettings | null;
}

/** The state while a batch is decided: each command sees what those before it did. */
interface Desk {
  /** A copy, changed in place: a new one for each command would be a third of what deciding costs. */
  stock: Mutable<Stock>;
  readonly now: Millis;
  readonly reservations: Map<string, Reservation>;
  readonly unitsOfBuyer: Map<string, number>;
  readonly knownCommands: Set<CommandId>;
  readonly created: Reservation[];
}

/**
 * Decides the commands of one SKU, first come first served. Pure: the same arguments give the same batch, to the byte of its ledger entry.
 *
 * @param snapshot the SKU's state, every reservation the commands name, and all that hold units for their buyers
 * @param records at least one, in offset order, all above the stock's watermark, all of this SKU
 * @param now the database's clock; taken as no earlier than the SKU's last decision
 */
export function decide(snapshot: SkuSnapshot, records: readonly LogRecord[], now: Millis): SkuBatch {
  const { stock: before } = snapshot;
  const desk = openDesk(snapshot, Math.max(now, before.decidedAt));
  const decisions: Decision[] = [];
  for (const record of records) {
    if (record.offset <= desk.stock.watermark)
      throw new Error(`offset ${record.offset} is not above the watermark ${desk.stock.watermark}`);
    const sequence = desk.stock.sequence + 1;
    const verdict = decideCommand(desk, record, sequence);
    desk.stock.sequence = sequence;
    desk.stock.watermark = record.offset;
    decisions.push({ sequence, record, ...verdict });
  }
  const entry = ledgerEntry(before, decisions, desk.now);
  const after = { ...desk.stock, headHash: entry.hash, decidedAt: desk.now };
  const created = desk.created.sort((a, b) => (a.reservationId < b.reservationId ? -1 : 1));
  return { before, after, now: desk.now, decisions, created, entry };
}

function openDesk({ stock, reservations, knownCommands }: SkuSnapshot, now: Millis): Desk {
  const unitsOfBuyer = new Map<string, number>();
  for (const reservation of reservations.values()) {
    if (!HOLDS_UNITS[reservation.status] || reservation.skuId !== stock.skuId) continue;
    const buyer = buyerKey(reservation);
    unitsOfBuyer.set(buyer, (unitsOfBuyer.get(buyer) ?? 0) + reservation.quantity);
  }
  return {
    stock: { ...stock },
    now,
    reservations: new Map(reservations),
    unitsOfBuyer,
    knownCommands: new Set(knownCommands),
    created: [],
  };
}

const buyerKey = ({ issuer, userId }: { issuer: Issuer; userId: UserId }): string => `${issuer}\n${userId}`;

function decideCommand(desk: Desk, record: LogRecord, sequence: number): Verdict {
  const { command } = record;
  switch (command.type) {
    case 'reserve':
      return reserve(desk, { ...record, command }, sequence);
    case 'configure':
      return reconfigure(desk, command, sequence);
    default:
      return unreachable(command);
  }
}

function unreachable(command: never): never {
  throw new Error(`no rule for the command ${(command as Command).type}`);
}

function reserve(desk: Desk, record: LogRecord<ReserveCommand>, sequence: number): Verdict {
  const known = desk.reservations.get(record.command.reservationId);
  if (known !== undefined && isSameRequest(known, record.command))
    return { outcome: 'DUPLICATE', reason: null, reservation: known, settings: null };
  const reason = RESERVE_REFUSALS.find((candidate) => RESERVE_CHECKS[candidate](desk, record)) ?? null;
  if (reason === 'KEY_REUSED') return { outcome: 'REFUSED', reason, reservation: known ?? null, settings: null };
  const reservation = newReservation(desk, record.command, sequence, reason);
  keep(desk, reservation);
  return { outcome: reason === null ? 'RESERVED' : 'REFUSED', reason, reservation, settings: null };
}

/** All of it is in the id already, but for the quantity; compared all the same, since ids that are alike can be looked for. */
function isSameRequest(known: Reservation, { skuId, quantity, issuer, userId }: ReserveCommand): boolean {
  return known.skuId === skuId && known.quantity === quantity && known.userId === userId && known.issuer === issuer;
}

type Check = (desk: Desk, record: LogRecord<ReserveCommand>) => boolean;

/** When each reason applies. They are tried in the order of RESERVE_REFUSALS. The sale's window is judged by when the log took the record. */
const RESERVE_CHECKS: Readonly<Record<ReserveRefusal, Check>> = {
  KEY_REUSED: ({ reservations }, { command }) => reservations.has(command.reservationId),
  UNKNOWN_SKU: ({ stock }) => stock.settings.state === 'UNKNOWN',
  DEADLINE_EXCEEDED: ({ now }, { command }) => now > command.decideBy,
  SALE_NOT_OPEN: ({ stock }, { appendedAt }) => stock.settings.opensAt !== null && appendedAt < stock.settings.opensAt,
  SALE_CLOSED: ({ stock }, { appendedAt }) => stock.settings.closesAt !== null && appendedAt >= stock.settings.closesAt,
  SALE_PAUSED: ({ stock }) => stock.settings.state === 'PAUSED',
  QUANTITY_TOO_LARGE: ({ stock }, { command }) => command.quantity > stock.settings.maxQuantity,
  USER_LIMIT_EXCEEDED: ({ stock, unitsOfBuyer }, { command }) =>
    (unitsOfBuyer.get(buyerKey(command)) ?? 0) + command.quantity > stock.settings.perUserLimit,
  SOLD_OUT: ({ stock }, { command }) => command.quantity > available(stock),
};

function newReservation(desk: Desk, command: ReserveCommand, sequence: number, reason: RejectionReason | null): Reservation {
  const { reservationId, skuId, issuer, userId, quantity, timestamp, decideBy } = command;
  return {
    reservationId,
    skuId,
    issuer,
    userId,
    quantity,
    status: reason === null ? 'RESERVED' : 'REJECTED',
    reason,
    sequence,
    version: sequence,
    queuedAt: timestamp,
    decideBy,
    decidedAt: desk.now,
    expiresAt: reason === null ? desk.now + desk.stock.settings.holdSeconds * 1000 : null,
  };
}

function keep(desk: Desk, reservation: Reservation): void {
  desk.reservations.set(reservation.reservationId, reservation);
  desk.created.push(reservation);
  if (!HOLDS_UNITS[reservation.status]) return;
  const buyer = buyerKey(reservation);
  desk.unitsOfBuyer.set(buyer, (desk.unitsOfBuyer.get(buyer) ?? 0) + reservation.quantity);
  desk.stock.reserved += reservation.quantity;
}

function reconfigure(desk: Desk, command: ConfigureCommand, sequence: number): Verdict {
  if (desk.knownCommands.has(command.commandId)) return { outcome: 'DUPLICATE', reason: null, reservation: null, settings: null };
  desk.knownCommands.add(command.commandId);
  const result = configure(desk.stock, command, sequence);
  if (typeof result === 'string') return { outcome: 'REFUSED', reason: result, reservation: null, settings: null };
  desk.stock = { ...result };
  return { outcome: 'CONFIGURED', reason: null, reservation: null, settings: result.settings };
}
