import type { Command, ConfigureCommand, LogRecord, ReserveCommand, SkuChange } from '../../src/domain/command.js';
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
  readonly ifMatch?: number | null;
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
    expiresAt: status === 'RESERVED' ? NOW + 600_000 : null,
    ...over,
  };
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

/** What a database that committed the batch would load next. */
export function committed({ reservations, knownCommands }: KnownSku, { after, created, decisions }: SkuBatch): KnownSku {
  const configures = decisions.map(({ record }) => record.command).filter(({ type }) => type === 'configure');
  return knownSku(after, [...reservations.values(), ...created], [...knownCommands, ...configures.map(({ commandId }) => commandId)]);
}

/** Each decision in a word: its reason, or its outcome where there is none. */
export const answers = ({ decisions }: SkuBatch): string[] => decisions.map(({ outcome, reason }) => reason ?? outcome);

export const unitsIn = (rows: Iterable<Reservation>, status: DecidedStatus): number =>
  [...rows].filter((row) => row.status === status).reduce((sum, row) => sum + row.quantity, 0);
