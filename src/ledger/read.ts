import { readFileSync } from 'node:fs';
import type { ClientBase } from 'pg';
import type { LedgerEntry } from '../domain/decision.js';
import { idsOfSku, type SkuId } from '../domain/ids.js';
import type { DecidedStatus } from '../domain/reservation.js';
import type { SkuState } from '../domain/stock.js';

/** Entries of a page: full ones have 60 kB each. */
const ENTRIES = 8;
const ROWS = 500;

const sql = (name: string): string => readFileSync(new URL(`./sql/${name}.sql`, import.meta.url), 'utf8');
const NEXT_SKU = sql('next-sku');
const ENTRIES_OF = sql('entries');
const STOCK_OF = sql('stock');
const RESERVATIONS_OF = sql('reservations');
const STRAYS = sql('strays');

/**
 * One snapshot of the database for all that `work` reads, so that ledger and rows are of the same moment. Nothing is written. The client
 * must not be in a transaction.
 */
export async function inSnapshot<T>(client: ClientBase, work: () => Promise<T>): Promise<T> {
  await client.query('begin isolation level repeatable read read only');
  try {
    return await work();
  } finally {
    // A connection that broke has no transaction to end, and its error is on its way already.
    await client.query('rollback').catch(() => undefined);
  }
}

/** Every SKU that has a ledger or a stock row, in the order of bytes. */
export async function* skusIn(client: ClientBase): AsyncGenerator<string> {
  for (let last = ''; ; ) {
    const { rows } = await client.query<{ sku_id: string | null }>({ name: 'ledger-next-sku', text: NEXT_SKU, values: [last] });
    const skuId = rows[0]?.sku_id ?? null;
    if (skuId === null) return;
    yield skuId;
    last = skuId;
  }
}

interface EntryRow {
  readonly partition: number;
  readonly first_sequence: number;
  readonly last_sequence: number;
  readonly first_offset: number;
  readonly last_offset: number;
  readonly decided_at: number;
  readonly decisions: string;
  readonly previous_hash: string;
  readonly hash: string;
}

/** The ledger of a SKU, a page at a time, in the order of its sequences. */
export async function* entriesOf(client: ClientBase, skuId: string): AsyncGenerator<readonly LedgerEntry[]> {
  // 0 is no sequence; a row that says otherwise would be against a CHECK of the table.
  for (let last = 0; ; ) {
    const { rows } = await client.query<EntryRow>({ name: 'ledger-entries', text: ENTRIES_OF, values: [skuId, last, ENTRIES] });
    if (rows.length > 0) yield rows.map((row) => readEntry(skuId, row));
    if (rows.length < ENTRIES) return;
    last = rows.at(-1)?.first_sequence ?? last;
  }
}

const readEntry = (skuId: string, row: EntryRow): LedgerEntry => ({
  skuId: skuId as SkuId,
  partition: row.partition,
  firstSequence: row.first_sequence,
  lastSequence: row.last_sequence,
  firstOffset: row.first_offset,
  lastOffset: row.last_offset,
  now: row.decided_at,
  decisions: row.decisions,
  previousHash: row.previous_hash,
  hash: row.hash,
});

/** Times are epoch milliseconds. */
export interface StockRow {
  readonly partition: number;
  readonly total: number;
  readonly reserved: number;
  readonly confirmed: number;
  readonly name: string;
  readonly state: SkuState;
  readonly per_user_limit: number;
  readonly max_quantity: number;
  readonly hold_seconds: number;
  readonly max_extend_seconds: number;
  readonly opens_at: number | null;
  readonly closes_at: number | null;
  readonly version: number;
  readonly sequence: number;
  readonly watermark: number;
  readonly head_hash: string;
  readonly decided_at: number;
}

export async function stockOf(client: ClientBase, skuId: string): Promise<StockRow | null> {
  const { rows } = await client.query<StockRow>({ name: 'ledger-stock', text: STOCK_OF, values: [skuId] });
  return rows[0] ?? null;
}

/** Times are epoch milliseconds. */
export interface ReservationRow {
  readonly reservation_id: string;
  readonly issuer: string;
  readonly user_id: string;
  readonly quantity: number;
  readonly status: DecidedStatus;
  readonly reason: string | null;
  readonly sequence: number;
  readonly version: number;
  readonly queued_at: number;
  readonly decide_by: number;
  readonly decided_at: number;
  readonly expires_at: number | null;
  readonly confirmed_at: number | null;
  readonly payment_reference: string | null;
  readonly extension_id: string | null;
}

/** The rows of a SKU whose ids are made for it, a page at a time, in the order of the ids; `only` restricts it to one id. */
export async function* reservationsOf(client: ClientBase, skuId: string, only?: string): AsyncGenerator<readonly ReservationRow[]> {
  const range = idsOfSku(skuId as SkuId);
  const last = only ?? range.last;
  for (let from = only ?? range.first, first = true; ; first = false) {
    const values = [skuId, from, last, ROWS];
    const { rows } = await client.query<ReservationRow>({ name: 'ledger-reservations', text: RESERVATIONS_OF, values });
    // A page begins with the last row of the one before.
    yield first ? rows : rows.slice(1);
    if (rows.length < ROWS) return;
    from = rows.at(-1)?.reservation_id ?? from;
  }
}

interface StrayRow {
  readonly sku_id: string;
  /** First 8 digits of the ids. */
  readonly beginning: string;
  readonly first_id: string;
  /** Whether the SKU has a ledger or a stock row. */
  readonly replayed: boolean;
}

/** Groups of rows, by SKU and beginning of the id. */
export async function rowGroups(client: ClientBase, skuId: string | null): Promise<readonly StrayRow[]> {
  const { rows } = await client.query<StrayRow>(STRAYS, [skuId]);
  return rows;
}
