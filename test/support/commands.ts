import type { ConfigureCommand, ReserveCommand, SkuChange } from '../../src/domain/command.js';
import {
  type CommandId,
  commandIdFor,
  type Issuer,
  idempotencyKeyHash,
  reservationIdFor,
  type SkuId,
  type UserId,
} from '../../src/domain/ids.js';
import { partitionOf } from '../../src/domain/partition-hash.js';

/** Name of the API key that tests use over HTTP, and whom it speaks for: what is appended to the log by hand can then be read over HTTP. */
export const SHOP = 'shop';
const SHOP_ISSUER = `storefront:${SHOP}`;
const DECIDE_BY_MS = 600_000;

export interface ReserveParts {
  readonly sku: string;
  readonly user: string;
  readonly quantity?: number;
  /** The Idempotency-Key; the buyer's name unless given. */
  readonly key?: string;
  readonly issuer?: string;
  readonly decideBy?: number;
}

/** A buyer's request as the API would publish it now. */
export function reserve({ sku, user, quantity = 1, key = user, issuer = SHOP_ISSUER, decideBy }: ReserveParts): ReserveCommand {
  const skuId = sku as SkuId;
  const principal = { issuer: issuer as Issuer, userId: user as UserId };
  const keyHash = idempotencyKeyHash(principal, key);
  const reservationId = reservationIdFor(skuId, principal, keyHash);
  const timestamp = Date.now();
  return {
    type: 'reserve',
    commandId: reservationId as string as CommandId,
    reservationId,
    skuId,
    ...principal,
    quantity,
    idempotencyKeyHash: keyHash,
    correlationId: 'test',
    timestamp,
    decideBy: decideBy ?? timestamp + DECIDE_BY_MS,
  };
}

/** An operator's creation of a SKU, or (with a version instead of a total) a change of it. */
export function configure(sku: string, on: { total: number } | { version: number }, change: SkuChange = {}): ConfigureCommand {
  const [total, ifMatch] = 'total' in on ? [on.total, null] : [null, on.version];
  return {
    type: 'configure',
    commandId: commandIdFor(sku as SkuId, ['test', JSON.stringify([total, ifMatch, change])]),
    skuId: sku as SkuId,
    issuer: 'operator:test' as Issuer,
    userId: 'test' as UserId,
    correlationId: 'test',
    timestamp: Date.now(),
    ifMatch,
    total,
    change,
  };
}

/** The first names of the pattern `base`, `base-1`, `base-2` ... whose SKUs lie in this partition. */
export function skusIn(partition: number, partitionCount: number, base: string, count: number): string[] {
  const found: string[] = [];
  for (let n = 1; found.length < count; n += 1) if (partitionOf(`${base}-${n}`, partitionCount) === partition) found.push(`${base}-${n}`);
  return found;
}
