import {
  type AdjustCommand,
  type CancelCommand,
  type Command,
  type ConfigureCommand,
  type ConfirmCommand,
  type ExpireCommand,
  type ExtendCommand,
  type HoldCommand,
  isOperatorCommand,
  type LogRecord,
  type ReserveCommand,
  type SkuChange,
} from '../../src/domain/command.js';
import type { SkuBatch, SkuSnapshot } from '../../src/domain/decision.js';
import { holdingsOf } from '../../src/domain/holdings.js';
import {
  type CommandId,
  commandIdFor,
  type Issuer,
  idempotencyKeyHash,
  type Offset,
  type Principal,
  reservationIdFor,
  type SkuId,
  type UserId,
} from '../../src/domain/ids.js';
import { partitionOf } from '../../src/domain/partition-hash.js';
import type { DecidedStatus, Reservation } from '../../src/domain/reservation.js';
import { type SkuSettings, type Stock, unknownStock } from '../../src/domain/stock.js';

export const SKU = 'sku-1' as SkuId;
export const PARTITION = partitionOf(SKU, 10);
export const NOW = 1_700_000_000_000;
export const DECIDE_BY = NOW + 30_000;

export const principal = (user: string, issuer = 'shop'): Principal => ({ issuer: issuer as Issuer, userId: user as UserId });

export interface StockParts extends Partial<Omit<Stock, 'settings'>> {
  readonly settings?: Partial<SkuSettings>;
}

/** An open SKU of 100 units without a window. */
export function aStock({ settings, ...counts }: StockParts = {}): Stock {
  const open: SkuSettings = {
    name: 'a thing',
    state: 'OPEN',
    perUserLimit: 10,
    maxQuantity: 10,
    holdSeconds: 600,
    maxExtendSeconds: 600,
    opensAt: null,
    closesAt: null,
  };
  return { ...unknownStock(SKU, PARTITION), total: 100, ...counts, settings: { ...open, ...settings } };
}

interface Place {
  readonly offset?: number;
  readonly appendedAt?: number;
}

export interface ReserveParts extends Place {
  readonly user?: string;
  readonly issuer?: string;
  /** The Idempotency-Key. */
  readonly key?: string;
  readonly quantity?: number;
  readonly timestamp?: number;
  readonly decideBy?: number;
}

/** A buyer's request as the log holds it, with the id that the API gives it. */
export function aReserve(parts: ReserveParts = {}): LogRecord<ReserveCommand> {
  const { user = 'ann', issuer = 'shop', key = 'key-1', quantity = 1, timestamp = NOW - 20, decideBy = DECIDE_BY } = parts;
  const buyer = principal(user, issuer);
  const keyHash = idempotencyKeyHash(buyer, key);
  const reservationId = reservationIdFor(SKU, buyer, keyHash);
  return placed(parts, {
    type: 'reserve',
    commandId: reservationId as string as CommandId,
    reservationId,
    skuId: SKU,
    ...buyer,
    quantity,
    idempotencyKeyHash: keyHash,
    correlationId: 'c-1',
    timestamp,
    decideBy,
  });
}

export interface ConfigureParts extends Place {
  readonly ifMatch?: ConfigureCommand['ifMatch'];
  readonly total?: number | null;
  readonly change?: SkuChange;
}

/** An operator's change (or, with a total and no version, the creation) of the SKU. The same body against the same version has the same id. */
export function aConfigure(parts: ConfigureParts = {}): LogRecord<ConfigureCommand> {
  const { ifMatch = null, total = null, change = {} } = parts;
  return placed(parts, {
    type: 'configure',
    commandId: commandIdFor(SKU, ['operator', String(ifMatch), JSON.stringify([total, change])]),
    skuId: SKU,
    ...principal('operator', 'console'),
    correlationId: 'c-2',
    timestamp: NOW - 20,
    ifMatch,
    total,
    change,
  });
}

export interface HoldParts extends Place {
  /** The request that made the reservation. */
  readonly of?: ReserveParts;
  /** Who asks; its buyer unless given. */
  readonly by?: Principal;
}

export const aConfirm = (parts: HoldParts & { readonly paymentReference?: string } = {}): LogRecord<ConfirmCommand> =>
  placed(parts, { type: 'confirm', ...about(parts, 'confirm'), paymentReference: parts.paymentReference ?? 'pay-1' });

export const aCancel = (parts: HoldParts = {}): LogRecord<CancelCommand> => placed(parts, { type: 'cancel', ...about(parts, 'cancel') });

/** Another salt, another command. */
export const anExtend = (parts: HoldParts & { readonly seconds?: number | null; readonly salt?: string } = {}): LogRecord<ExtendCommand> =>
  placed(parts, { type: 'extend', ...about(parts, `extend ${parts.salt ?? ''}`), seconds: parts.seconds ?? null });

export const anExpire = (parts: HoldParts = {}): LogRecord<ExpireCommand> =>
  placed(parts, { type: 'expire', ...about({ by: principal('expiry', 'flashsale'), ...parts }, 'expire') });

function about({ of, by }: HoldParts, salt: string): Omit<HoldCommand, 'type'> {
  const { reservationId, issuer, userId } = aReserve(of).command;
  const commandId = commandIdFor(SKU, [salt, reservationId]);
  return { commandId, skuId: SKU, reservationId, ...(by ?? { issuer, userId }), correlationId: 'c-3', timestamp: NOW - 20 };
}

export interface AdjustParts extends Place {
  readonly delta?: number;
  readonly reason?: string;
  readonly salt?: string;
}

export const anAdjust = ({ delta = 1, reason = 'found some', salt = '', ...place }: AdjustParts = {}): LogRecord<AdjustCommand> =>
  placed(place, {
    type: 'adjust',
    commandId: commandIdFor(SKU, ['adjust', String(delta), salt]),
    skuId: SKU,
    ...principal('operator', 'console'),
    correlationId: 'c-4',
    timestamp: NOW - 20,
    delta,
    reason,
  });

const placed = <C extends Command>({ offset = 0, appendedAt = NOW }: Place, command: C): LogRecord<C> => ({
  offset: offset as Offset,
  appendedAt,
  command,
});

/** The same records at consecutive offsets, or `step` apart. */
export const inLog = (records: readonly LogRecord[], from = 0, step = 1): LogRecord[] =>
  records.map((record, index) => ({ ...record, offset: (from + index * step) as Offset }));

/** The row that a request of these parts left behind, in whatever status. */
export function aRow(parts: ReserveParts = {}, over: Partial<Reservation> = {}): Reservation {
  const { reservationId, skuId, issuer, userId, quantity, timestamp, decideBy } = aReserve(parts).command;
  const status = over.status ?? 'RESERVED';
  return {
    reservationId,
    skuId,
    issuer,
    userId,
    quantity,
    status,
    reason: status === 'REJECTED' ? 'SOLD_OUT' : null,
    sequence: 1,
    version: 1,
    queuedAt: timestamp,
    decideBy,
    decidedAt: NOW - 10,
    expiresAt: status === 'REJECTED' ? null : NOW + 600_000,
    confirmedAt: status === 'CONFIRMED' ? NOW - 5 : null,
    paymentReference: status === 'CONFIRMED' ? 'pay-1' : null,
    extensionId: null,
    ...over,
  };
}

/** What is told of a row: all but which command prolonged it. */
export function asTold({ extensionId: _own, ...told }: Reservation): Reservation {
  return told as Reservation;
}

export const byId = (rows: readonly Reservation[]): Map<string, Reservation> => new Map(rows.map((row) => [row.reservationId, row]));

/** All that is known of a SKU, by its rows. */
export interface KnownSku extends SkuSnapshot {
  readonly reservations: ReadonlyMap<string, Reservation>;
  readonly knownCommands: ReadonlySet<CommandId>;
}

export const knownSku = (stock: Stock, rows: readonly Reservation[], knownCommands: Iterable<CommandId> = []): KnownSku => ({
  stock,
  reservations: byId(rows),
  holdings: holdingsOf(stock.skuId, rows),
  knownCommands: new Set(knownCommands),
});

export const aSnapshot = (stock: Stock = aStock(), rows: readonly Reservation[] = []): KnownSku => knownSku(stock, rows);

/** These rows as they are after the batch, and those that it made. */
export const rowsAfter = (rows: readonly Reservation[], { created, changed }: Pick<SkuBatch, 'created' | 'changed'>): Reservation[] => [
  ...byId([...rows, ...created, ...changed.map(({ after }) => after)]).values(),
];

/** What a database that committed the batch would load next. */
export function committed({ reservations, knownCommands }: KnownSku, { after, created, changed, decisions }: SkuBatch): KnownSku {
  const operations = decisions.map(({ record }) => record.command).filter(isOperatorCommand);
  const rows = rowsAfter([...reservations.values()], { created, changed });
  return knownSku(after, rows, [...knownCommands, ...operations.map(({ commandId }) => commandId)]);
}

/** Each decision in a word: its reason, or its outcome where there is none. */
export const answers = ({ decisions }: SkuBatch): string[] => decisions.map(({ outcome, reason }) => reason ?? outcome);

export const unitsIn = (rows: Iterable<Reservation>, status: DecidedStatus): number =>
  [...rows].filter((row) => row.status === status).reduce((sum, row) => sum + row.quantity, 0);
