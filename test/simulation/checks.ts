import type { LedgerEntry } from '../../src/domain/decision.js';
import type { ReservationId, SkuId } from '../../src/domain/ids.js';
import { partitionOf } from '../../src/domain/partition-hash.js';
import type { Reservation } from '../../src/domain/reservation.js';
import { GENESIS_HASH, unknownStock } from '../../src/domain/stock.js';
import { decodeRecord } from '../../src/log/codec.js';
import { NaiveSale } from '../support/naive-sale.js';
import type { DatabaseModel } from './database-model.js';
import type { LogModel } from './log-model.js';

export interface Evidence {
  readonly log: LogModel;
  readonly events: LogModel;
  readonly database: DatabaseModel;
  readonly accepted: ReadonlySet<ReservationId>;
}

type Line = [offset: number, type: string, commandId: string, outcome: string, reason: string | null, ...rest: unknown[]];

/**
 * Looks at what is left when everything has come to rest: the log, the database, the events. From the invariants (docs/architecture.md),
 * not from the code: what was decided is compared with a naive telling of the rules over the log as it lies there.
 * @returns what is wrong, in words; nothing where all holds
 */
export function violations({ log, events, database, accepted }: Evidence): string[] {
  const found = [...database.alarms];
  const settled = new Map<string, string>();
  const settle = (place: string, by: string): void => {
    if (settled.has(place)) found.push(`C, F: record ${place} is settled twice: ${settled.get(place)} and ${by}`);
    settled.set(place, by);
  };
  for (const { partition, offset } of database.letters.values()) settle(`${partition}:${offset}`, 'a dead letter');
  const bySku = new Map<string, LedgerEntry[]>();
  for (const entry of database.entries) bySku.set(entry.skuId, [...(bySku.get(entry.skuId) ?? []), entry]);
  for (const [skuId, entries] of bySku) {
    const ordered = [...entries].sort((a, b) => a.firstSequence - b.firstSequence);
    found.push(...chain(ordered), ...retold(skuId, ordered, { log, database }, settle));
  }
  // I12, B: every record of the log has its decision or its dead letter.
  for (const [partition, records] of log.partitions.entries())
    for (const { offset } of records)
      if (!settled.has(`${partition}:${offset}`)) found.push(`B, F: record ${partition}:${offset} is not decided`);
  for (const id of accepted) if (!database.rows.has(id)) found.push(`B: ${id} was accepted and has no decision`);
  found.push(...published(events, bySku));
  return found;
}

/** E: one entry continues the other. */
function chain(entries: readonly LedgerEntry[]): string[] {
  const found: string[] = [];
  let previous: LedgerEntry | undefined;
  for (const entry of entries) {
    if (entry.previousHash !== (previous?.hash ?? GENESIS_HASH))
      found.push(`E: ${entry.skuId}:${entry.firstSequence} does not continue the chain`);
    if (entry.firstSequence !== (previous?.lastSequence ?? 0) + 1) found.push(`E: ${entry.skuId} has a gap before ${entry.firstSequence}`);
    previous = entry;
  }
  return found;
}

/** A, C, D, H: the log of one SKU, told again in the order of its offsets, gives the same answers, rows and stock. */
function retold(
  skuId: string,
  entries: readonly LedgerEntry[],
  { log, database }: Pick<Evidence, 'log' | 'database'>,
  settle: (place: string, by: string) => void,
): string[] {
  const found: string[] = [];
  const partition = partitionOf(skuId, log.partitions.length);
  const place = { partition, partitionCount: log.partitions.length };
  const sale = new NaiveSale({ stock: unknownStock(skuId as SkuId, partition), reservations: [], knownCommands: [] }, 0);
  let [lastOffset, sequence, decidedAt] = [-1, 0, 0];
  for (const entry of entries) {
    if (entry.now < decidedAt) found.push(`D: ${skuId}:${entry.firstSequence} was decided before its predecessor`);
    decidedAt = entry.now;
    sale.now = entry.now;
    for (const text of entry.decisions.split('\n')) {
      const [offset, , commandId, outcome, reason] = JSON.parse(text) as Line;
      sequence += 1;
      settle(`${partition}:${offset}`, `${skuId}:${sequence}`);
      if (offset <= lastOffset) found.push(`D: ${skuId}:${sequence} is offset ${offset} after ${lastOffset}`);
      lastOffset = offset;
      const raw = log.partitions[partition]?.[offset];
      const decoded = raw === undefined ? null : decodeRecord(raw, place);
      if (decoded?.ok !== true || decoded.record.command.commandId !== commandId) {
        found.push(`C: ${skuId}:${sequence} decides ${commandId}, which is not at offset ${offset}`);
        continue;
      }
      sale.take(decoded.record);
      const answer = sale.answers.at(-1);
      if (answer !== (reason ?? outcome)) found.push(`A, H: ${skuId}:${sequence} is ${reason ?? outcome}, and should be ${answer}`);
    }
  }
  const { total, reserved, confirmed } = sale.state;
  const stock = database.stocks.get(skuId as SkuId);
  if (JSON.stringify([stock?.total, stock?.reserved, stock?.confirmed]) !== JSON.stringify([total, reserved, confirmed]))
    found.push(
      `A: the stock of ${skuId} is ${stock?.total}/${stock?.reserved}/${stock?.confirmed}, and should be ${total}/${reserved}/${confirmed}`,
    );
  const rows = [...database.rows.values()].filter((row) => row.skuId === skuId);
  const should = new Map(sale.rows.map((row) => [row.reservationId, row]));
  for (const row of rows)
    if (!isSame(row, should.get(row.reservationId))) found.push(`A: a row of ${skuId} should not be so: ${JSON.stringify(row)}`);
  if (rows.length !== should.size) found.push(`A: ${skuId} has ${rows.length} rows, and should have ${should.size}`);
  return found;
}

function isSame(row: Reservation, should: Reservation | undefined): boolean {
  if (should === undefined) return false;
  const fields = Object.keys(row) as (keyof Reservation)[];
  return fields.length === Object.keys(should).length && fields.every((field) => row[field] === should[field]);
}

/** K: first occurrences are 1, 2, 3 ... of every SKU, none is missing, and a repeat is the same to the byte. */
function published(events: LogModel, bySku: ReadonlyMap<string, readonly LedgerEntry[]>): string[] {
  const found: string[] = [];
  const firsts = new Map<string, string>();
  const last = new Map<string, number>();
  for (const { key, value } of events.partitions.flat()) {
    const [skuId, text] = [String(key), String(value)];
    const { id } = JSON.parse(text) as { id: string };
    const known = firsts.get(id);
    if (known !== undefined && known !== text) found.push(`K: ${id} was published in two ways`);
    if (known !== undefined) continue;
    firsts.set(id, text);
    const sequence = Number(id.slice(skuId.length + 1));
    if (sequence !== (last.get(skuId) ?? 0) + 1) found.push(`K: ${id} comes after ${last.get(skuId) ?? 0}`);
    last.set(skuId, sequence);
  }
  for (const [skuId, entries] of bySku) {
    const decided = Math.max(...entries.map(({ lastSequence }) => lastSequence));
    if (last.get(skuId) !== decided) found.push(`K: of ${skuId} ${last.get(skuId) ?? 0} of ${decided} decisions are published`);
  }
  return found;
}
