import type { Member } from '../../loadtest/stand/members.js';

/** @returns how many SKU batches of this writer ended so: `lost` to another writer, `failed` ... */
export async function batchesWithResult({ metricsUrl }: Member, result: string): Promise<number> {
  const response = await fetch(metricsUrl, { signal: AbortSignal.timeout(5_000) });
  const [, count] =
    new RegExp(`^flashsale_batch_processed_total\\{[^}]*result="${result}"[^}]*\\} (\\d+)`, 'm').exec(await response.text()) ?? [];
  if (count === undefined) throw new Error(`${metricsUrl} tells nothing of ${result} batches`);
  return Number(count);
}
