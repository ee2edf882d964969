import type { ConfigureCommand } from '../command.js';
import { HOLD_SECONDS_DEFAULT, MAX_QUANTITY_DEFAULT, PER_USER_LIMIT_DEFAULT } from '../limits.js';
import type { ConfigureRefusal } from '../refusal.js';
import type { SkuSettings, Stock } from '../stock.js';

/**
 * A SKU's stock after an operator's `configure`, or why it is refused.
 * NOT_FOUND: a change of a SKU that does not exist. VERSION_CONFLICT: a creation of one that does, or a change of another version.
 * INVALID_WINDOW: the sale would close before it opens, or as it opens.
 */
export function configure(stock: Stock, { ifMatch, total, change, skuId }: ConfigureCommand, sequence: number): Stock | ConfigureRefusal {
  const exists = stock.settings.state !== 'UNKNOWN';
  if (!exists && (ifMatch !== null || total === null)) return 'NOT_FOUND';
  if (exists && (total !== null || (ifMatch !== '*' && ifMatch !== stock.version))) return 'VERSION_CONFLICT';
  // The name first, as a row gives it: equal settings are equal bytes in the ledger.
  const base: SkuSettings = exists ? stock.settings : { name: skuId, ...NEW_SKU };
  const settings = { ...base, ...change };
  // Only here: a change of one of the two may be wrong by the other, which the API does not know for certain.
  if (settings.opensAt !== null && settings.closesAt !== null && settings.opensAt >= settings.closesAt) return 'INVALID_WINDOW';
  return { ...stock, total: total ?? stock.total, settings, version: sequence };
}

const NEW_SKU: Omit<SkuSettings, 'name'> = {
  state: 'OPEN',
  perUserLimit: PER_USER_LIMIT_DEFAULT,
  maxQuantity: MAX_QUANTITY_DEFAULT,
  holdSeconds: HOLD_SECONDS_DEFAULT,
  maxExtendSeconds: HOLD_SECONDS_DEFAULT,
  opensAt: null,
  closesAt: null,
};
