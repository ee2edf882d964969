import type { AdjustCommand, Command, HoldCommand } from '../../src/domain/command.js';
import { decide } from '../../src/domain/decide.js';
import type { SkuBatch } from '../../src/domain/decision.js';
import {
  type CommandId,
  commandIdFor,
  idempotencyKeyHash,
  type Offset,
  type ReservationId,
  reservationIdFor,
} from '../../src/domain/ids.js';
import { unknownStock } from '../../src/domain/stock.js';
import { aSnapshot, committed, type KnownSku, NOW, principal } from './domain.js';
import { configureOf, reserveOf, skuNamed } from './memory-log.js';

export const idOf = (sku: string, user: string, key = 'k1'): ReservationId =>
  reservationIdFor(skuNamed(sku), principal(user), idempotencyKeyHash(principal(user), key));

/** How the buyer's reservation goes on; `detail` is the payment's reference, or the seconds. The same `nonce` is the same command. */
export function holdOf(
  sku: string,
  type: HoldCommand['type'],
  user: string,
  { key = 'k1', nonce = '', detail = 0 }: { key?: string; nonce?: string; detail?: number } = {},
): HoldCommand {
  const skuId = skuNamed(sku);
  const base = {
    commandId: commandIdFor(skuId, [type, user, key, nonce]),
    skuId,
    ...principal(user),
    correlationId: 'c',
    timestamp: NOW - 20,
    reservationId: idOf(sku, user, key),
  };
  switch (type) {
    case 'confirm':
      return { ...base, type, paymentReference: `pay-${detail}` };
    case 'extend':
      return { ...base, type, seconds: detail === 0 ? null : detail };
    default:
      return { ...base, type };
  }
}

export function adjustOf(sku: string, delta: number, nonce = ''): AdjustCommand {
  const skuId = skuNamed(sku);
  const commandId: CommandId = commandIdFor(skuId, ['adjust', String(delta), nonce]);
  return {
    type: 'adjust',
    commandId,
    skuId,
    ...principal('operator'),
    correlationId: 'c',
    timestamp: NOW - 20,
    delta,
    reason: 'stock "found"',
  };
}

/** In time to come: the database takes no batch that was decided long ago. */
export const BEGINNING = Date.UTC(2100, 0, 1);

/** One SKU, decided batch by batch while time goes on. */
export class LivingSale {
  readonly batches: SkuBatch[] = [];
  known: KnownSku;

  constructor(
    readonly sku: string,
    partition = 0,
  ) {
    this.known = aSnapshot(unknownStock(skuNamed(sku), partition));
  }

  /** @param at seconds after the beginning */
  next(at: number, commands: readonly Command[]): SkuBatch {
    const from = this.known.stock.watermark + 1;
    const records = commands.map((command, index) => ({
      offset: (from + index * 2) as Offset,
      appendedAt: BEGINNING + at * 1000,
      command,
    }));
    const batch = decide(this.known, records, BEGINNING + at * 1000);
    this.known = committed(this.known, batch);
    this.batches.push(batch);
    return batch;
  }
}

/** Every kind of decision on one SKU of 5 units: 26 decisions in 5 entries. The comments give their sequences. */
export function eventfulSale(sku: string): LivingSale {
  const sale = new LivingSale(sku);
  const settings = { perUserLimit: 3, holdSeconds: 100, maxExtendSeconds: 100, opensAt: BEGINNING };
  sale.next(0, [configureOf(sku, 5, settings)]); // 1
  sale.next(1, [
    reserveOf(sku, 'ann'), // 2
    reserveOf(sku, 'bob'),
    reserveOf(sku, 'cy'), // 4
    reserveOf(sku, 'dee', 'k1', 2),
    reserveOf(sku, 'eve'), // 6: sold out
    reserveOf(sku, 'ann'), // a repeat
    reserveOf(sku, 'ann', 'k1', 2), // 8: key reused
  ]);
  sale.next(50, [
    holdOf(sku, 'confirm', 'ann', { detail: 1 }), // 9
    holdOf(sku, 'cancel', 'bob'),
    holdOf(sku, 'extend', 'cy'), // 11
    holdOf(sku, 'confirm', 'ann', { detail: 1, nonce: 'again' }),
    reserveOf(sku, 'fay'), // 13
    reserveOf(sku, 'ann', 'k2', 3), // over her limit
  ]);
  sale.next(120, [
    holdOf(sku, 'confirm', 'dee', { detail: 2 }), // 15: too late, and expires it
    holdOf(sku, 'expire', 'cy'), // not due
    adjustOf(sku, 2), // 17
    adjustOf(sku, -100), // below committed
    holdOf(sku, 'confirm', 'nobody', { detail: 3 }), // 19
    holdOf(sku, 'cancel', 'ann'),
  ]);
  sale.next(500, [
    holdOf(sku, 'expire', 'cy', { nonce: 'due' }), // 21
    holdOf(sku, 'expire', 'fay'),
    holdOf(sku, 'confirm', 'cy', { detail: 4 }), // 23: too late
    reserveOf(sku, 'gus'),
    configureOf(sku, null, { state: 'PAUSED' }, 1), // 25
    reserveOf(sku, 'hal'),
  ]);
  return sale;
}
