import { readFileSync } from 'node:fs';
import type { ClientBase } from 'pg';
import type { LedgerEntry } from '../domain/decision.js';
import { settingColumns } from './compare-stock.js';
import type { Finding } from './fault.js';
import { changedColumns, rowAsMade } from './one-row.js';
import { entriesOf, inSnapshot, type ReservationRow, skusIn } from './read.js';
import { Replay } from './replay.js';
import { type MadeRow, newReplayMemory, type ReplayMemory, type RowChange, type RowListener } from './sale.js';
import type { Progress } from './verify.js';

const sql = (name: string): string => readFileSync(new URL(`./sql/${name}.sql`, import.meta.url), 'utf8');
const INSERT_ENTRIES = sql('insert-entries');
const INSERT_RESERVATIONS = sql('insert-reservations');
const CHANGE_RESERVATIONS = sql('change-reservations');
const INSERT_STOCK = sql('insert-stock');

/** Two databases, each on a connection of its own and in no transaction. The target is migrated and empty. */
export interface Rebuilding {
  readonly source: ClientBase;
  readonly target: ClientBase;
  readonly onProgress?: (soFar: Progress) => void;
}

/**
 * Copies the ledger of the source and builds stock and reservations from it, in one transaction of the target. A page of entries and their
 * rows is all that is in memory, besides the replay's own.
 * @returns what is wrong with the source's ledger, where something is: nothing is built then
 */
export async function rebuild({ source, target, onProgress = () => undefined }: Rebuilding): Promise<Finding | null> {
  return inSnapshot(source, async () => {
    await target.query('begin');
    const finding = await buildAll(source, target, onProgress).catch(async (error: unknown) => {
      await target.query('rollback').catch(() => undefined);
      throw error;
    });
    await target.query(finding === null ? 'commit' : 'rollback');
    return finding;
  });
}

async function buildAll(source: ClientBase, target: ClientBase, onProgress: (soFar: Progress) => void): Promise<Finding | null> {
  const memory = newReplayMemory();
  let [skus, decisions] = [0, 0];
  for await (const skuId of skusIn(source)) {
    const report = (replay: Replay): void => onProgress({ skuId, skus, decisions: decisions + replay.chain.sequence });
    const { replay, finding } = await buildSku(source, target, skuId, memory, report);
    if (finding !== null) return finding;
    skus += 1;
    decisions += replay.chain.sequence;
  }
  return null;
}

async function buildSku(
  source: ClientBase,
  target: ClientBase,
  skuId: string,
  memory: ReplayMemory,
  report: (replay: Replay) => void,
): Promise<{ replay: Replay; finding: Finding | null }> {
  const rows = new PageOfRows();
  const replay = new Replay(skuId, memory, rows);
  for await (const page of entriesOf(source, skuId)) {
    for (const entry of page) {
      const fault = replay.take(entry);
      if (fault !== null) return { replay, finding: { skuId, table: 'ledger', reservationId: null, ...fault } };
    }
    await writePage(target, skuId, page, rows);
    report(replay);
  }
  if (replay.chain.sequence > 0) await target.query(INSERT_STOCK, [JSON.stringify(stockColumns(replay))]);
  return { replay, finding: null };
}

async function writePage(target: ClientBase, skuId: string, entries: readonly LedgerEntry[], rows: PageOfRows): Promise<void> {
  await target.query({ name: 'rebuild-entries', text: INSERT_ENTRIES, values: [skuId, JSON.stringify(entries)] });
  const { made, changes } = rows.take();
  if (made.length > 0) await target.query({ name: 'rebuild-rows', text: INSERT_RESERVATIONS, values: [skuId, JSON.stringify(made)] });
  if (changes.length === 0) return;
  const { rowCount } = await target.query({ name: 'rebuild-changes', text: CHANGE_RESERVATIONS, values: [JSON.stringify(changes)] });
  if (rowCount !== changes.length) throw new Error(`changed ${rowCount} reservations of ${skuId} instead of ${changes.length}`);
}

type ChangedColumns = ReturnType<typeof changedColumns>;

/** What a page of entries does to rows, folded: one new row or one change for each reservation. */
class PageOfRows implements RowListener {
  private rows = new Map<string, ReservationRow>();
  private patches = new Map<string, ChangedColumns>();

  made(row: MadeRow): void {
    this.rows.set(row.reservationId, rowAsMade(row));
  }

  changed(id: string, change: RowChange): void {
    const columns = changedColumns(change);
    const row = this.rows.get(id);
    if (row !== undefined) this.rows.set(id, { ...row, ...columns });
    else this.patches.set(id, { ...this.patches.get(id), ...columns });
  }

  /** Rows in id order, as the index likes them best. Empty afterwards. */
  take(): { made: readonly ReservationRow[]; changes: readonly ChangedColumns[] } {
    const made = [...this.rows.values()].sort((a, b) => (a.reservation_id < b.reservation_id ? -1 : 1));
    const changes = [...this.patches].map(([id, columns]) => ({ reservation_id: id, ...columns }));
    this.rows = new Map();
    this.patches = new Map();
    return { made, changes };
  }
}

const stockColumns = ({ sale, chain }: Replay) => ({
  sku_id: sale.skuId,
  partition: chain.partition,
  total: sale.total,
  reserved: sale.reserved,
  confirmed: sale.confirmed,
  ...settingColumns(sale.settings),
  version: sale.version,
  sequence: chain.sequence,
  watermark: chain.offset,
  head_hash: chain.headHash,
  decided_at: chain.decidedAt,
});
