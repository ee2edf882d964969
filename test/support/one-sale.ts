import type { Command } from '../../src/domain/command.js';
import { decide } from '../../src/domain/decide.js';
import type { SkuBatch } from '../../src/domain/decision.js';
import { type Holdings, holdingsOf } from '../../src/domain/holdings.js';
import { type Stock, unknownStock } from '../../src/domain/stock.js';
import { aSnapshot, committed, type KnownSku } from './domain.js';
import { commandsIn, configureOf, logOf, reserveOf, skuNamed } from './memory-log.js';

/** However slow the machine, the database does not take a batch for one that comes late. */
const LATER = Date.now() + 3_600_000;

/** One SKU, decided batch by batch by somebody who knows all of it. */
export class OneSale {
  readonly skuId;
  known: KnownSku;

  constructor(readonly sku = 'hot') {
    this.skuId = skuNamed(sku);
    this.known = aSnapshot(unknownStock(this.skuId, 0));
  }

  get stock(): Stock {
    return this.known.stock;
  }

  get holdings(): Holdings {
    return holdingsOf(this.skuId, this.known.reservations.values());
  }

  next(...commands: readonly Command[]): SkuBatch {
    const batch = decide(this.known, commandsIn(logOf(commands, this.stock.watermark + 1)), LATER);
    this.known = committed(this.known, batch);
    return batch;
  }

  created(total = 100): SkuBatch {
    return this.next(configureOf(this.sku, total));
  }

  /** Sells one unit to each. */
  soldTo(...users: readonly string[]): SkuBatch {
    return this.next(...users.map((user, at) => reserveOf(this.sku, user, `k${this.stock.sequence + at}`)));
  }
}
