import { isOperatorCommand, type LogRecord } from '../domain/command.js';
import { decide } from '../domain/decide.js';
import type { SkuBatch, SkuSnapshot } from '../domain/decision.js';
import { holdingsOf } from '../domain/holdings.js';
import type { CommandId, ReservationId, SkuId } from '../domain/ids.js';
import type { Reservation } from '../domain/reservation.js';
import { type Stock, unknownStock } from '../domain/stock.js';
import type { Loaded, LoadRequest } from '../ports/store.js';
import type { CommandsBySku } from './commands-by-sku.js';
import { NOTHING_RECALLED, type Recall } from './memory.js';

/** All that has to be read before these commands can be decided. Of a recalled SKU only the reservations that its commands are about. */
export function whatToLoad(groups: CommandsBySku, recalled: Recall['skus'] = NOTHING_RECALLED.skus): LoadRequest {
  const skuIds: SkuId[] = [];
  const reservationIds: ReservationId[] = [];
  const buyersOf: ReservationId[] = [];
  const commandIds: CommandId[] = [];
  for (const [skuId, records] of groups) {
    const known = recalled.get(skuId);
    if (known === undefined) skuIds.push(skuId);
    for (const { command } of records) {
      if (isOperatorCommand(command)) commandIds.push(command.commandId);
      else if (known === undefined) {
        reservationIds.push(command.reservationId);
        buyersOf.push(command.reservationId);
      } else if (command.type !== 'reserve' && known.reservations.get(command.reservationId) === undefined)
        reservationIds.push(command.reservationId);
    }
  }
  // Something of the stock is always read: that read tells the database's time.
  const [any] = groups.keys();
  if (skuIds.length === 0 && reservationIds.length > 0 && any !== undefined) skuIds.push(any);
  return { skuIds, reservationIds, buyersOf, commandIds };
}

export const isNothing = ({ skuIds }: LoadRequest): boolean => skuIds.length === 0;

/** What an earlier chunk of the same partition does to the SKUs it has: known here before the database shows it. */
export type Effects = ReadonlyMap<SkuId, SkuBatch>;

export interface Prepared {
  readonly batches: ReadonlyMap<SkuId, SkuBatch>;
  /** Stored states of reservations whose commands were applied before: their announcement may have been lost with the first try. */
  readonly replayed: readonly Reservation[];
  /** The stock of the SKUs of those commands, as it stands, where this chunk decides nothing more about them. */
  readonly passed: readonly Stock[];
}

/**
 * Decides a chunk on what was recalled, and else on what was loaded, with the effects of the chunks before it laid over.
 *
 * A read may or may not show a commit that was under way when it began. Both are right: rows are merged by reservation, the newer version
 * counts, and the stock comes from the last batch before this one, whose hash the commit then compares.
 */
export function prepare(
  groups: CommandsBySku,
  loaded: Loaded,
  ahead: readonly Effects[],
  partition: number,
  recalled: Recall['skus'] = NOTHING_RECALLED.skus,
): Prepared {
  const rowsBySku = groupRows(loaded.reservations);
  const rowsById = new Map(loaded.reservations.map((row) => [row.reservationId as string, row]));
  const batches = new Map<SkuId, SkuBatch>();
  const replayed: Reservation[] = [];
  const passed: Stock[] = [];
  for (const [skuId, records] of groups) {
    const known = recalled.get(skuId);
    if (known !== undefined) {
      const read = under(ahead, skuId, rowsById);
      batches.set(skuId, decide({ ...known, reservations: beside(known.reservations, read) }, records, loaded.now));
      continue;
    }
    const reservations = new Map((rowsBySku.get(skuId) ?? []).map((row) => [row.reservationId as string, row]));
    addNamed(records, rowsById, reservations);
    const knownCommands = new Set(loaded.knownCommands);
    let stock: Stock = loaded.stocks.get(skuId) ?? unknownStock(skuId, partition);
    for (const effects of ahead) {
      const earlier = effects.get(skuId);
      if (earlier === undefined) continue;
      stock = earlier.after;
      layOver(earlier, reservations, knownCommands);
    }
    const fresh = records.filter((record) => record.offset > stock.watermark);
    if (fresh.length < records.length) replayed.push(...storedStates(records, stock.watermark, reservations));
    if (fresh.length === 0) passed.push(stock);
    else
      batches.set(
        skuId,
        decide({ stock, reservations, holdings: holdingsOf(skuId, reservations.values()), knownCommands }, fresh, loaded.now),
      );
  }
  return { batches, replayed, passed };
}

/** What was read of a SKU's reservations, with the effects of the chunks before laid over: they may be forgotten before they are committed. */
function under(ahead: readonly Effects[], skuId: SkuId, read: ReadonlyMap<string, Reservation>): ReadonlyMap<string, Reservation> {
  if (read.size === 0 || ahead.length === 0) return read;
  const rows = new Map(read);
  for (const effects of ahead) {
    const earlier = effects.get(skuId);
    if (earlier !== undefined) layOver(earlier, rows, new Set());
  }
  return rows;
}

/** What the owner remembers of a reservation is never older than what was read. */
function beside(remembered: SkuSnapshot['reservations'], read: ReadonlyMap<string, Reservation>): SkuSnapshot['reservations'] {
  return read.size === 0 ? remembered : { get: (id) => remembered.get(id) ?? read.get(id) };
}

function groupRows(rows: readonly Reservation[]): Map<SkuId, Reservation[]> {
  const groups = new Map<SkuId, Reservation[]>();
  for (const row of rows) {
    const group = groups.get(row.skuId);
    if (group === undefined) groups.set(row.skuId, [row]);
    else group.push(row);
  }
  return groups;
}

/** An id that is taken is taken, also by a reservation of another SKU of the same hash: it would fail the whole batch to insert it again. */
function addNamed(records: readonly LogRecord[], rowsById: ReadonlyMap<string, Reservation>, reservations: Map<string, Reservation>): void {
  if (rowsById.size === 0) return;
  for (const { command } of records) {
    const row = isOperatorCommand(command) ? undefined : rowsById.get(command.reservationId);
    if (row !== undefined) reservations.set(row.reservationId, row);
  }
}

function layOver({ created, changed, decisions }: SkuBatch, reservations: Map<string, Reservation>, knownCommands: Set<CommandId>): void {
  for (const row of [...created, ...changed.map(({ after }) => after)]) {
    const known = reservations.get(row.reservationId);
    if (known === undefined || known.version < row.version) reservations.set(row.reservationId, row);
  }
  for (const { record } of decisions) if (isOperatorCommand(record.command)) knownCommands.add(record.command.commandId);
}

/** One each, however often a chunk names it. */
function storedStates(records: readonly LogRecord[], watermark: number, reservations: ReadonlyMap<string, Reservation>): Reservation[] {
  const states = new Map<string, Reservation>();
  for (const { offset, command } of records) {
    const row = offset > watermark || isOperatorCommand(command) ? undefined : reservations.get(command.reservationId);
    if (row !== undefined) states.set(row.reservationId, row);
  }
  return [...states.values()];
}
