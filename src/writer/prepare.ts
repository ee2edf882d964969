import type { LogRecord } from '../domain/command.js';
import { decide } from '../domain/decide.js';
import type { SkuBatch } from '../domain/decision.js';
import { holdingsOf } from '../domain/holdings.js';
import type { CommandId, ReservationId, SkuId } from '../domain/ids.js';
import type { Reservation } from '../domain/reservation.js';
import { type Stock, unknownStock } from '../domain/stock.js';
import type { Loaded, LoadRequest } from '../ports/store.js';
import type { CommandsBySku } from './commands-by-sku.js';
import { NOTHING_RECALLED, type Recall } from './memory.js';

/** All that has to be read before these commands can be decided. */
export function whatToLoad(groups: CommandsBySku, recalled: Recall['skus'] = NOTHING_RECALLED.skus): LoadRequest {
  const skuIds: SkuId[] = [];
  const reservationIds: ReservationId[] = [];
  const commandIds: CommandId[] = [];
  for (const [skuId, records] of groups) {
    if (recalled.has(skuId)) continue;
    skuIds.push(skuId);
    for (const { command } of records) {
      if (command.type === 'configure') commandIds.push(command.commandId);
      else reservationIds.push(command.reservationId);
    }
  }
  return { skuIds, reservationIds, commandIds };
}

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
  const rowsById = new Map(loaded.reservations.map((row) => [row.reservationId, row]));
  const batches = new Map<SkuId, SkuBatch>();
  const replayed: Reservation[] = [];
  const passed: Stock[] = [];
  for (const [skuId, records] of groups) {
    const known = recalled.get(skuId);
    if (known !== undefined) {
      batches.set(skuId, decide(known, records, loaded.now));
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
function addNamed(
  records: readonly LogRecord[],
  rowsById: ReadonlyMap<ReservationId, Reservation>,
  reservations: Map<string, Reservation>,
): void {
  if (rowsById.size === 0) return;
  for (const { command } of records) {
    const row = command.type === 'reserve' ? rowsById.get(command.reservationId) : undefined;
    if (row !== undefined) reservations.set(row.reservationId, row);
  }
}

function layOver(earlier: SkuBatch, reservations: Map<string, Reservation>, knownCommands: Set<CommandId>): void {
  for (const row of earlier.created) {
    const known = reservations.get(row.reservationId);
    if (known === undefined || known.version < row.version) reservations.set(row.reservationId, row);
  }
  for (const { record } of earlier.decisions) if (record.command.type === 'configure') knownCommands.add(record.command.commandId);
}

function storedStates(records: readonly LogRecord[], watermark: number, reservations: ReadonlyMap<string, Reservation>): Reservation[] {
  return records.flatMap(({ offset, command }) => {
    if (offset > watermark || command.type !== 'reserve') return [];
    return reservations.get(command.reservationId) ?? [];
  });
}
