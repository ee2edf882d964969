import type pg from 'pg';
import type { CancelCommand, Command, ConfigureCommand, LogRecord, SkuChange } from '../../src/domain/command.js';
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
import { entryHash } from '../../src/domain/ledger-entry.js';
import { unknownStock } from '../../src/domain/stock.js';
import { aSnapshot, committed, type KnownSku } from './domain.js';

const HOT = 'hot' as SkuId;
const NOW = 1_700_000_000_000;
const issuer = 'shop' as Issuer;
/** Of the command that creates the SKU. */
const CREATION: CommandId = commandIdFor(HOT, ['create']);

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
    decideBy: NOW + 300_000,
  };
};

/** A command about the reservation that the same user made under this key; `id` tells it from others alike. */
const hold = (user: string, id: string, key: string): Omit<CancelCommand, 'type'> => {
  const { reservationId, userId } = reserve(user, 1, key);
  const commandId = commandIdFor(HOT, ['hold', user, key, id]);
  return { commandId, skuId: HOT, issuer, userId, correlationId: 'c', timestamp: NOW + 5, reservationId };
};
export const confirm = (user: string, paymentReference = `pay-${user}`, id = '', key = user): Command & { type: 'confirm' } => ({
  ...{ type: 'confirm', ...hold(user, `confirm ${id}`, key), paymentReference },
});
export const cancel = (user: string, id = '', key = user): Command & { type: 'cancel' } => ({
  type: 'cancel',
  ...hold(user, `cancel ${id}`, key),
});
export const extend = (user: string, seconds: number | null = null, id = '', key = user): Command & { type: 'extend' } => ({
  ...{ type: 'extend', ...hold(user, `extend ${id}`, key), seconds },
});
export const expire = (user: string, id = '', key = user): Command & { type: 'expire' } => ({
  ...{ type: 'expire', ...hold(user, `expire ${id}`, key), userId: 'owner' as UserId },
});
export const adjust = (delta: number, id = 'adjust'): Command & { type: 'adjust' } => ({
  ...{ type: 'adjust', commandId: commandIdFor(HOT, ['adjust', id]), skuId: HOT, issuer, userId: 'operator' as UserId },
  ...{ correlationId: 'c', timestamp: NOW, delta, reason: 'a "reason"' },
});

type See = (truth: KnownSku) => KnownSku;

/** A writer: it decides by the real rules, on what `see` lets it know of the truth (all of it, if it is a sound writer). */
export class WrittenSale {
  private snapshot: KnownSku = aSnapshot(unknownStock(HOT, 3));
  private nextOffset = 0;
  private passed = 0;

  constructor(private readonly client: pg.Client) {}

  /** So much later is the next batch decided. */
  later(seconds: number): this {
    this.passed += seconds * 1000;
    return this;
  }

  /** @param forge what becomes of the decisions' text before the entry is hashed */
  async commit(
    commands: readonly Command[],
    see: See = (truth) => truth,
    forge: (decisions: string) => string = (d) => d,
  ): Promise<SkuBatch> {
    const records = commands.map((command): LogRecord => ({ offset: this.nextOffset++ as Offset, appendedAt: NOW, command }));
    const decided = decide(see(this.snapshot), records, NOW + this.nextOffset + this.passed);
    const entry = { ...decided.entry, decisions: forge(decided.entry.decisions) };
    const hash = entryHash(entry);
    const known = this.snapshot.reservations;
    const created = decided.created.filter(({ reservationId }) => !known.has(reservationId));
    const batch = { ...decided, created, entry: { ...entry, hash }, after: { ...decided.after, headHash: hash } };
    this.snapshot = committed(this.snapshot, batch);
    await this.write(batch);
    return batch;
  }

  private async write({ after: s, entry: e, now, created, changed }: SkuBatch): Promise<void> {
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
    const rows = [...created, ...changed.map((change) => change.after)].map((r) => ({
      ...{ reservation_id: r.reservationId, sku_id: r.skuId, issuer: r.issuer, user_id: r.userId, quantity: r.quantity, status: r.status },
      ...{ reason: r.reason, sequence: r.sequence, version: r.version, queued_at: at(r.queuedAt), decide_by: at(r.decideBy) },
      ...{ decided_at: at(r.decidedAt), expires_at: at(r.expiresAt), confirmed_at: at(r.confirmedAt) },
      ...{ payment_reference: r.paymentReference, extension_id: r.extensionId },
    }));
    const ids = changed.map((change) => change.after.reservationId);
    await this.client.query('delete from reservations where reservation_id = any($1::uuid[])', [ids]);
    await this.client.query('insert into reservations select * from json_populate_recordset(null::reservations, $1)', [
      JSON.stringify(rows),
    ]);
    await this.client.query(
      'insert into partitions values ($1, $2, null, null) on conflict (partition) do update set next_offset = excluded.next_offset',
      [s.partition, this.nextOffset],
    );
  }
}

/** 3 units; a, b, c reserve; a repeats; d is sold out; b reuses a key; e asks for too much. Two entries. */
export async function soundSale(client: pg.Client): Promise<WrittenSale> {
  const sale = new WrittenSale(client);
  await sale.commit([configure(3), reserve('a'), reserve('a')]);
  await sale.commit([reserve('b'), reserve('c'), reserve('d'), reserve('b', 2), reserve('e', 11), configure(3)]);
  return sale;
}

/**
 * Whole lives, each command in a way that is allowed: a is sold, b cancels and its unit goes to f, c prolongs its hold, d's hold is swept,
 * e pays too late and is told so, g is refused; h holds. 7 units and one more, of which one is taken back.
 */
export async function wholeLives(client: pg.Client): Promise<WrittenSale> {
  const sale = new WrittenSale(client);
  const change: SkuChange = { perUserLimit: 2, holdSeconds: 60, maxExtendSeconds: 60 };
  await sale.commit([configure(7, change), reserve('a', 2), confirm('a'), confirm('a', 'pay-a', 'again'), confirm('a', 'other', 'other')]);
  await sale.commit([
    reserve('b'),
    reserve('c'),
    reserve('d'),
    reserve('e', 2),
    reserve('g'),
    adjust(-1),
    adjust(1, 'more'),
    adjust(-99, 'less'),
  ]);
  await sale.commit([cancel('b'), reserve('f', 2), cancel('b', 'again'), confirm('b', 'pay-b', 'late'), cancel('nobody'), reserve('c', 2)]);
  await sale.commit([extend('c', 30), extend('c', 30), extend('c', 9, 'other'), extend('f', 61), expire('f', 'early'), reserve('z', 0)]);
  sale.later(61);
  await sale.commit([
    expire('d'),
    expire('d', 'again'),
    confirm('e'),
    confirm('e'),
    cancel('e'),
    expire('c'),
    adjust(1, 'last'),
    adjust(1, 'last'),
  ]);
  await sale.commit([
    confirm('c'),
    extend('c', 30),
    reserve('h', 2),
    extend('h'),
    cancel('f'),
    confirm('g'),
    reconfigure(1, { holdSeconds: 9 }),
  ]);
  return sale;
}
