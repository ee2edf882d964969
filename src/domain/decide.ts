import type { Command, ConfigureCommand, LogRecord, ReserveCommand } from './command.js';
import { configure } from './configure.js';
import type { Decision, Outcome, SkuBatch, SkuSnapshot } from './decision.js';
import { Holdings } from './holdings.js';
import type { CommandId, Millis, Principal } from './ids.js';
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

/** The state while a batch is decided: each command sees what those before it did, laid over what was known. */
interface Desk {
  readonly known: SkuSnapshot;
  /** A copy, changed in place: a new one for each command would be a third of what deciding costs. */
  stock: Mutable<Stock>;
  readonly now: Millis;
  readonly created: Map<string, Reservation>;
  readonly holdings: Holdings;
  readonly commands: Set<CommandId>;
}

/**
 * Decides the commands of one SKU, first come first served. Pure: the same arguments give the same batch, to the byte of its ledger entry.
 *
 * @param known the SKU's state, every reservation the commands name, and what their buyers hold
 * @param records at least one, in offset order, all above the stock's watermark, all of this SKU
 * @param now the database's clock; taken as no earlier than the SKU's last decision
 */
export function decide(known: SkuSnapshot, records: readonly LogRecord[], now: Millis): SkuBatch {
  const { stock: before } = known;
  const desk: Desk = {
    known,
    stock: { ...before },
    now: Math.max(now, before.decidedAt),
    created: new Map(),
    holdings: new Holdings(),
    commands: new Set(),
  };
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
  const created = [...desk.created.values()].sort((a, b) => (a.reservationId < b.reservationId ? -1 : 1));
  return { before, after, now: desk.now, decisions, created, holdings: desk.holdings, entry };
}

const reservationOf = ({ created, known }: Desk, id: string): Reservation | undefined => created.get(id) ?? known.reservations.get(id);
const unitsOf = ({ holdings, known }: Desk, buyer: Principal): number => holdings.get(buyer) ?? known.holdings.get(buyer) ?? 0;

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
  const known = reservationOf(desk, record.command.reservationId);
  if (known !== undefined && isSameRequest(known, record.command))
    return { outcome: 'DUPLICATE', reason: null, reservation: known, settings: null };
  const request: Request = { record, known, held: unitsOf(desk, record.command) };
  const reason = RESERVE_REFUSALS.find((candidate) => RESERVE_CHECKS[candidate](desk, request)) ?? null;
  if (reason === 'KEY_REUSED') return { outcome: 'REFUSED', reason, reservation: known ?? null, settings: null };
  const reservation = newReservation(desk, record.command, sequence, reason);
  desk.created.set(reservation.reservationId, reservation);
  if (HOLDS_UNITS[reservation.status]) {
    desk.holdings.set(reservation, request.held + reservation.quantity);
    desk.stock.reserved += reservation.quantity;
  }
  return { outcome: reason === null ? 'RESERVED' : 'REFUSED', reason, reservation, settings: null };
}

/** All of it is in the id already, but for the quantity; compared all the same, since ids that are alike can be looked for. */
function isSameRequest(known: Reservation, { skuId, quantity, issuer, userId }: ReserveCommand): boolean {
  return known.skuId === skuId && known.quantity === quantity && known.userId === userId && known.issuer === issuer;
}

interface Request {
  readonly record: LogRecord<ReserveCommand>;
  /** The reservation that has its id already. */
  readonly known: Reservation | undefined;
  /** Units that its buyer holds of the SKU. */
  readonly held: number;
}

type Check = (desk: Desk, request: Request) => boolean;

/** When each reason applies. They are tried in the order of RESERVE_REFUSALS. The sale's window is judged by when the log took the record. */
const RESERVE_CHECKS: Readonly<Record<ReserveRefusal, Check>> = {
  KEY_REUSED: (_, { known }) => known !== undefined,
  UNKNOWN_SKU: ({ stock }) => stock.settings.state === 'UNKNOWN',
  DEADLINE_EXCEEDED: ({ now }, { record }) => now > record.command.decideBy,
  SALE_NOT_OPEN: ({ stock }, { record }) => stock.settings.opensAt !== null && record.appendedAt < stock.settings.opensAt,
  SALE_CLOSED: ({ stock }, { record }) => stock.settings.closesAt !== null && record.appendedAt >= stock.settings.closesAt,
  SALE_PAUSED: ({ stock }) => stock.settings.state === 'PAUSED',
  QUANTITY_TOO_LARGE: ({ stock }, { record }) => record.command.quantity > stock.settings.maxQuantity,
  USER_LIMIT_EXCEEDED: ({ stock }, { record, held }) => held + record.command.quantity > stock.settings.perUserLimit,
  SOLD_OUT: ({ stock }, { record }) => record.command.quantity > available(stock),
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

function reconfigure(desk: Desk, command: ConfigureCommand, sequence: number): Verdict {
  const { commandId } = command;
  if (desk.commands.has(commandId) || desk.known.knownCommands.has(commandId))
    return { outcome: 'DUPLICATE', reason: null, reservation: null, settings: null };
  desk.commands.add(commandId);
  const result = configure(desk.stock, command, sequence);
  if (typeof result === 'string') return { outcome: 'REFUSED', reason: result, reservation: null, settings: null };
  desk.stock = { ...result };
  return { outcome: 'CONFIGURED', reason: null, reservation: null, settings: result.settings };
}
