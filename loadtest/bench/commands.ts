import { randomBytes } from 'node:crypto';
import type { CancelCommand, ConfigureCommand, ConfirmCommand, ReserveCommand } from '../../src/domain/command.js';
import {
  type CommandId,
  commandIdFor,
  type Issuer,
  idempotencyKeyHash,
  reservationIdFor,
  type SkuId,
  type UserId,
} from '../../src/domain/ids.js';

const issuer = 'storefront:bench' as Issuer;
const HOUR_MS = 3_600_000;

/** A new buyer's request for one unit, as the API would publish it. */
export function reserveCommand(skuId: SkuId, buyer: string): ReserveCommand {
  const principal = { issuer, userId: buyer as UserId };
  const keyHash = idempotencyKeyHash(principal, randomBytes(12).toString('base64url'));
  const reservationId = reservationIdFor(skuId, principal, keyHash);
  const timestamp = Date.now();
  return {
    type: 'reserve',
    commandId: reservationId as string as CommandId,
    reservationId,
    skuId,
    ...principal,
    quantity: 1,
    idempotencyKeyHash: keyHash,
    correlationId: 'bench',
    timestamp,
    decideBy: timestamp + HOUR_MS,
  };
}

export function createSkuCommand(skuId: SkuId, total: number, holdSeconds = 3_600): ConfigureCommand {
  return {
    type: 'configure',
    commandId: commandIdFor(skuId, ['bench', skuId]),
    skuId,
    issuer,
    userId: 'operator' as UserId,
    correlationId: 'bench',
    timestamp: Date.now(),
    ifMatch: null,
    total,
    change: { perUserLimit: 1, maxQuantity: 1, holdSeconds },
  };
}

/** The end of a reservation, as its buyer asks for it. */
export function endCommand(type: 'confirm' | 'cancel', of: ReserveCommand): ConfirmCommand | CancelCommand {
  const { reservationId, skuId, userId } = of;
  const base = { commandId: commandIdFor(skuId, ['bench', type, reservationId]), reservationId, skuId, issuer, userId };
  const at = { correlationId: 'bench', timestamp: Date.now() };
  return type === 'confirm' ? { type, ...base, ...at, paymentReference: `pay-${userId}` } : { type, ...base, ...at };
}
