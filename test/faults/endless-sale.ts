import { PARTITIONS } from '../../loadtest/stand/service.js';
import type { Command, ReserveCommand } from '../../src/domain/command.js';
import { commandIdFor, type SkuId } from '../../src/domain/ids.js';
import { configure, reserve, skusIn } from '../support/commands.js';

/** Short, so that the sweep ends holds while the fault goes on. */
const HOLD_SECONDS = 3;
/** Few, so that buyers are refused as sold out, and units that come back are sold again. */
const UNITS = 60;
/** Reservations that later commands are about. */
const REMEMBERED = 200;

/** One SKU in each partition, so that every owner always has something to decide, and a partition that stands still shows. */
export const onePerPartition = (prefix: string): readonly string[] =>
  Array.from({ length: PARTITIONS }, (_, partition) => skusIn(partition, PARTITIONS, prefix, 1)[0] as string);

/** Whole lives on several SKUs without an end: all commands, repeats of them, and every refusal that a life can bring. */
export class EndlessSale {
  private readonly made: ReserveCommand[] = [];
  private count = 0;

  /** @param random uniform in [0, 1): the same source gives the same commands */
  constructor(
    private readonly skus: readonly string[],
    private readonly random: () => number,
  ) {}

  static inEachPartition(random: () => number): EndlessSale {
    return new EndlessSale(onePerPartition('sku'), random);
  }

  opening(): Command[] {
    return this.skus.map((sku) => configure(sku, { total: UNITS }, { holdSeconds: HOLD_SECONDS, maxExtendSeconds: 2, perUserLimit: 3 }));
  }

  readonly next = (): Command => {
    this.count += 1;
    const sku = this.skus[this.count % this.skus.length] as string;
    const chance = this.random();
    const of = this.made[Math.floor(this.random() * this.made.length)];
    if (of === undefined || chance < 0.5) return this.asked(sku);
    if (chance < 0.9) return this.about(of, chance);
    if (chance < 0.95) return of;
    return chance < 0.98 ? this.adjusted(sku) : { ...configure(sku, { total: 0 }, { maxQuantity: this.count % 2 === 0 ? 1 : 2 }), ...ANY };
  };

  private asked(sku: string): Command {
    // Some buyers come back, so that they meet their limit.
    const user = this.random() < 0.2 ? 'regular' : `buyer-${this.count}`;
    const command = reserve({ sku, user, key: `${this.count}`, quantity: this.random() < 0.1 ? 2 : 1 });
    this.made.push(command);
    if (this.made.length > REMEMBERED) this.made.shift();
    return command;
  }

  private about({ reservationId, skuId, issuer, userId, correlationId }: ReserveCommand, chance: number): Command {
    const commandId = commandIdFor(skuId, ['endless', `${this.count}`]);
    const base = { commandId, reservationId, skuId, issuer, userId, correlationId, timestamp: Date.now() };
    if (chance < 0.65) return { type: 'confirm', ...base, paymentReference: `pay-${userId}` };
    if (chance < 0.8) return { type: 'cancel', ...base };
    return chance < 0.87 ? { type: 'extend', ...base, seconds: 1 } : { type: 'expire', ...base };
  }

  private adjusted(sku: string): Command {
    const skuId = sku as SkuId;
    const { issuer, userId, correlationId, timestamp } = configure(sku, { total: 0 });
    const commandId = commandIdFor(skuId, ['endless', `${this.count}`]);
    return { type: 'adjust', commandId, skuId, issuer, userId, correlationId, timestamp, delta: 10, reason: 'another box' };
  }
}

/** A change that is right whatever the SKU's version is. */
const ANY = { ifMatch: '*', total: null } as const;
