import type pg from 'pg';
import type { Command, ConfigureCommand, LogRecord, SkuChange } from '../../src/domain/command.js';
import { decide } from '../../src/domain/decide.js';
import type { SkuBatch } from '../../src/domain/decision.js';
import {
  type CommandId,
  commandIdFor,
  type Issuer,
  idempotencyKeyHash,
  type Offset,
  reservationIdFor,
  type SkuId,
  type UserId,
} from '../../src/domain/ids.js';
import type { Reservation } from '../../src/domain/reservation.js';
import { unknownStock } from '../../src/domain/stock.js';
import { aSnapshot, type KnownSku } from './domain.js';

const HOT = 'hot' as SkuId;
const NOW = 1_700_000_000_000;
const issuer = 'shop' as Issuer;
/** Of the command that creates the SKU. */
export const CREATION: CommandId = commandIdFor(HOT, ['create']);

export const configure = (
  total: number,
  change: SkuChange = { perUserLimit: 2, name: 'a line\nand "another", ümlaut' },
): ConfigureCommand => ({
  type: 'configure',
  commandId: CREATION,
  skuId: HOT,
  issuer,
  userId: 'operator' as UserId,
  correlationId: 'c',
  timestamp: NOW,
  ifMatch: null,
  total,
  change,
});

/** A change of the SKU by an operator who read this version. */
export const reconfigure = (version: number, change: SkuChange): ConfigureCommand => ({
  ...configure(0, change),
  commandId: commandIdFor(HOT, ['change', String(version), JSON.stringify(change)]),
  ifMatch: version,
  total: null,
});

export const reserve = (user: string, quantity = 1, key = user): Command & { type: 'reserve' } => {
  const principal = { issuer, userId: user as UserId };
  const keyHash = idempotencyKeyHash(principal, key);
  const reservationId = reservationIdFor(HOT, principal, keyHash);
  return {
    type: 'reserve',
    commandId: reservationId as string as Command['commandId'],
    reservationId,
    skuId: HOT,
    ...principal,
    correlationId: 'c',
    timestamp: NOW + 5,
    quantity,
    idempotencyKeyHash: keyHash,
    decideBy: NOW + 30_000,
  };
};

/** A writer: it decides by the real rules, on what `see` lets it know of the truth (all of it, if it is a sound writer). */
export class WrittenSale {
  private snapshot: KnownSku = aSnapshot(unknownStock(HOT, 3));
  private nextOffset = 0;

  constructor(private readonly client: pg.Client) {}

  async commit(commands: readonly Command[], see: (truth: KnownSku) => KnownSku = (truth) => truth): Promise<SkuBatch> {
    const records = commands.map((command): LogRecord => ({ offset: this.nextOffset++ as Offset, appendedAt: NOW, command }));
    const batch = decide(see(this.snapshot), records, NOW + this.nextOffset);
    const known = new Map(this.snapshot.reservations);
    const fresh = batch.created.filter(({ reservationId }) => !known.has(reservationId));
    for (const reservation of fresh) known.set(reservation.reservationId, reservation);
    this.snapshot = aSnapshot(batch.after, [...known.values()]);
    await this.write(batch, fresh);
    return batch;
  }

  private async write({ after: s, entry: e, now }: SkuBatch, created: readonly Reservation[]): Promise<void> {
    const at = (ms: number | null): Date | null => (ms === null ? null : new Date(ms));
    await this.client.query('delete from stock where sku_id = $1', [s.skuId]);
    const { name, state, perUserLimit, maxQuantity, holdSeconds, maxExtendSeconds } = s.settings;
    await this.client.query('insert into stock values ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,null,null,$12,$13,$14,$15,$16)', [
      ...[s.skuId, s.partition, s.total, s.reserved, s.confirmed, name, state, perUserLimit, maxQuantity, holdSeconds, maxExtendSeconds],
      ...[s.version, s.sequence, s.watermark, s.headHash, at(s.decidedAt)],
    ]);
    await this.client.query('insert into ledger values ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10)', [
      ...[e.skuId, e.partition, e.firstSequence, e.lastSequence, e.firstOffset, e.lastOffset, at(now), e.decisions, e.previousHash, e.hash],
    ]);
    for (const r of created) {
      await this.client.query(
        `insert into reservations (reservation_id, sku_id, issuer, user_id, quantity, status, reason, sequence, version, queued_at, decide_by, decided_at, expires_at)
         values ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13)`,
        [
          ...[r.reservationId, r.skuId, r.issuer, r.userId, r.quantity, r.status, r.reason, r.sequence, r.version],
          ...[at(r.queuedAt), at(r.decideBy), at(r.decidedAt), at(r.expiresAt)],
        ],
      );
    }
    const { partition, nextOffset } = { partition: s.partition, nextOffset: this.nextOffset };
    await this.client.query(
      'insert into partitions values ($1, $2, null, null) on conflict (partition) do update set next_offset = excluded.next_offset',
      [partition, nextOffset],
    );
  }
}

/** 3 units; a, b, c reserve; a repeats; d is sold out; b reuses a key; e asks for too much. Two entries. */
export async function soundSale(client: pg.Client): Promise<WrittenSale> {
  const sale = new WrittenSale(client);
  await sale.commit([configure(3), reserve('a'), reserve('a')]);
  await sale.commit([reserve('b'), reserve('c'), reserve('d'), reserve('b', 2), reserve('e', 11), configure(3)], (truth) => ({
    ...truth,
    knownCommands: new Set([CREATION]),
  }));
  return sale;
}
