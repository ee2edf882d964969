import type { LogRecord } from '../domain/command.js';
import type { SkuId } from '../domain/ids.js';

/** A chunk's commands by SKU, each list in offset order. */
export type CommandsBySku = ReadonlyMap<SkuId, readonly LogRecord[]>;

export function groupBySku(records: readonly LogRecord[]): CommandsBySku {
  const groups = new Map<SkuId, LogRecord[]>();
  for (const record of records) {
    const group = groups.get(record.command.skuId);
    if (group === undefined) groups.set(record.command.skuId, [record]);
    else group.push(record);
  }
  return groups;
}
