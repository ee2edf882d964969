import type { SkuSettings } from '../domain/stock.js';
import { type Finding, wrong } from './fault.js';
import type { StockRow } from './read.js';
import type { Replay } from './replay.js';

/** Names the first column of a SKU's stock row that is not what its ledger gives. */
export function stockFinding({ sale, chain }: Replay, row: StockRow | null): Finding | null {
  const place = { skuId: sale.skuId, table: 'stock', sequence: chain.sequence, offset: chain.offset, reservationId: null } as const;
  if (chain.sequence === 0) return { ...place, sequence: null, offset: null, ...wrong('no decision is in the ledger', 'no row', 'a row') };
  if (row === null) return { ...place, ...wrong('the row of the SKU', 'a row', 'none') };
  // The end of the ledger first: where entries are missing there, all counts are wrong by that.
  const expected: Readonly<Record<string, string | number | null>> = {
    sequence: chain.sequence,
    head_hash: chain.headHash,
    partition: chain.partition,
    total: sale.total,
    reserved: sale.reserved,
    confirmed: sale.confirmed,
    ...settingColumns(sale.settings),
    version: sale.version,
    decided_at: chain.decidedAt,
  };
  for (const [column, value] of Object.entries(expected)) {
    const found = row[column as keyof StockRow];
    if (found === value) continue;
    const what = column === 'sequence' && row.sequence > chain.sequence ? 'the ledger ends before its stock does: sequence' : column;
    return { ...place, ...wrong(what, value, found) };
  }
  // Beyond the ledger where a poison record was skipped: that leaves a dead letter and no decision.
  return row.watermark >= chain.offset ? null : { ...place, ...wrong('watermark', `${chain.offset} or more`, row.watermark) };
}

/** The settings under the names of their columns. */
export const settingColumns = (settings: SkuSettings) => ({
  name: settings.name,
  state: settings.state,
  per_user_limit: settings.perUserLimit,
  max_quantity: settings.maxQuantity,
  hold_seconds: settings.holdSeconds,
  max_extend_seconds: settings.maxExtendSeconds,
  opens_at: settings.opensAt,
  closes_at: settings.closesAt,
});
