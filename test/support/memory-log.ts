import fc, { type Arbitrary } from 'fast-check';
import type {
  AdjustCommand,
  CancelCommand,
  Command,
  ConfigureCommand,
  ConfirmCommand,
  ExpireCommand,
  ExtendCommand,
  HoldCommand,
  LogRecord,
  SkuChange,
} from '../../src/domain/command.js';
import { decide } from '../../src/domain/decide.js';
import type { SkuBatch } from '../../src/domain/decision.js';
import { type CommandId, commandIdFor, idempotencyKeyHash, type Offset, reservationIdFor, type SkuId } from '../../src/domain/ids.js';
import { unknownStock } from '../../src/domain/stock.js';
import { encodeCommand } from '../../src/log/codec.js';
import { decodeChunk } from '../../src/log/decode-chunk.js';
import type { RawRecord } from '../../src/ports/log.js';
import { groupBySku } from '../../src/writer/commands-by-sku.js';
import type { Chunk } from '../../src/writer/partition-writer.js';
import { aSnapshot, NOW, principal } from './domain.js';

/** A topic of one partition: every SKU's records are in it. */
export const ONLY_PARTITION = { partition: 0, partitionCount: 1 };
/** Later than the clock of any test, a real database's included. */
const NEVER_LATE = 9_999_999_999_999;

export const skuNamed = (name: string): SkuId => name as SkuId;

export function reserveOf(sku: string, user = 'ann', key = 'k1', quantity = 1): Command & { type: 'reserve' } {
  const skuId = skuNamed(sku);
  const keyHash = idempotencyKeyHash(principal(user), key);
  const reservationId = reservationIdFor(skuId, principal(user), keyHash);
  const commandId = reservationId as string as CommandId;
  const times = { timestamp: NOW - 20, decideBy: NEVER_LATE };
  return {
    type: 'reserve',
    commandId,
    reservationId,
    skuId,
    ...principal(user),
    quantity,
    idempotencyKeyHash: keyHash,
    correlationId: 'c',
    ...times,
  };
}

export function configureOf(
  sku: string,
  total: number | null,
  change: SkuChange = {},
  ifMatch: ConfigureCommand['ifMatch'] = null,
): ConfigureCommand {
  const skuId = skuNamed(sku);
  const commandId = commandIdFor(skuId, ['configure', String(ifMatch), JSON.stringify([total, change])]);
  return { type: 'configure', commandId, skuId, ...principal('operator'), correlationId: 'c', timestamp: NOW - 20, ifMatch, total, change };
}

export const confirmOf = (sku: string, user = 'ann', key = 'k1', paymentReference = 'pay-1'): ConfirmCommand => ({
  type: 'confirm',
  ...about(sku, user, key, 'confirm'),
  paymentReference,
});

export const cancelOf = (sku: string, user = 'ann', key = 'k1'): CancelCommand => ({ type: 'cancel', ...about(sku, user, key, 'cancel') });

/** Another salt, another command. */
export const extendOf = (sku: string, user = 'ann', key = 'k1', seconds: number | null = null, salt = ''): ExtendCommand => ({
  type: 'extend',
  ...about(sku, user, key, `extend ${salt}`),
  seconds,
});

export const expireOf = (sku: string, user = 'ann', key = 'k1'): ExpireCommand => ({
  type: 'expire',
  ...about(sku, user, key, 'expire'),
  ...principal('expiry', 'flashsale'),
});

function about(sku: string, user: string, key: string, salt: string): Omit<HoldCommand, 'type'> {
  const { reservationId, skuId, issuer, userId } = reserveOf(sku, user, key);
  const commandId = commandIdFor(skuId, [salt, reservationId]);
  return { commandId, skuId, reservationId, issuer, userId, correlationId: 'c', timestamp: NOW - 20 };
}

export function adjustOf(sku: string, delta: number, salt = ''): AdjustCommand {
  const skuId = skuNamed(sku);
  const commandId = commandIdFor(skuId, ['adjust', String(delta), salt]);
  return { type: 'adjust', commandId, skuId, ...principal('operator'), correlationId: 'c', timestamp: NOW - 20, delta, reason: 'counted' };
}

/** A command, or bytes that are none. */
export type Written = Command | string;

/** A log of these, from this offset on. */
export const logOf = (written: readonly Written[], from = 0): RawRecord[] =>
  written.map((entry, at) => ({
    offset: (from + at) as Offset,
    key: Buffer.from(typeof entry === 'string' ? 'key' : entry.skuId),
    value: Buffer.from(typeof entry === 'string' ? entry : encodeCommand(entry)),
    appendedAt: NOW - 10,
  }));

export const chunkOf = (records: readonly RawRecord[]): Chunk => {
  const nextOffset = ((records.at(-1)?.offset ?? -1) + 1) as Offset;
  return { records, nextOffset, completeAt: 0 };
};

/** Cut at these places; sizes are taken round and round. */
export function chunksOf(log: readonly RawRecord[], sizes: readonly number[]): Chunk[] {
  const chunks: Chunk[] = [];
  for (let at = 0, turn = 0; at < log.length; turn += 1) {
    const size = sizes[turn % sizes.length] ?? 1;
    chunks.push(chunkOf(log.slice(at, at + size)));
    at += size;
  }
  return chunks;
}

export const commandsIn = (log: readonly RawRecord[]): readonly LogRecord[] => decodeChunk(log, ONLY_PARTITION).commands;

/** What one writer makes of the whole log when nothing ever happens to it: each SKU decided in one go. */
export function decidedInOneGo(log: readonly RawRecord[], now: number): ReadonlyMap<SkuId, SkuBatch> {
  const groups = groupBySku(commandsIn(log));
  return new Map([...groups].map(([skuId, records]) => [skuId, decide(aSnapshot(unknownStock(skuId, 0)), records, now)]));
}

const sku = fc.constantFrom('hot', 'warm', 'cold');
const user = fc.constantFrom('ann', 'bob', 'cy');
const key = fc.constantFrom('k1', 'k2', 'k3', 'k4', 'k5');
const reserves: Arbitrary<Written> = fc.tuple(sku, user, key, fc.integer({ min: 1, max: 3 })).map((parts) => reserveOf(...parts));
const holds: Arbitrary<Written> = fc.oneof(
  fc.tuple(sku, user, key, fc.constantFrom('pay-1', 'pay-2')).map((parts) => confirmOf(...parts)),
  fc.tuple(sku, user, key).map((parts) => cancelOf(...parts)),
  fc.tuple(sku, user, key, fc.constantFrom(null, 5, 9_999), fc.constantFrom('a', 'b')).map((parts) => extendOf(...parts)),
  fc.tuple(sku, user, key).map((parts) => expireOf(...parts)),
);
const adjusts: Arbitrary<Written> = fc.tuple(sku, fc.integer({ min: -5, max: 5 })).map((parts) => adjustOf(...parts));
const creations: Arbitrary<Written> = fc.tuple(sku, fc.integer({ min: 0, max: 12 })).map((parts) => configureOf(...parts));
const changes: Arbitrary<Written> = fc
  .tuple(sku, fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 3 }))
  .map(([name, perUserLimit, ifMatch]) => configureOf(name, null, { perUserLimit }, ifMatch));

/** Few SKUs, buyers and keys, so that repeats, reused keys, limits and the last unit are met often. */
export const logArbitrary: Arbitrary<RawRecord[]> = fc
  .array(
    fc.oneof(
      { weight: 8, arbitrary: reserves },
      { weight: 6, arbitrary: holds },
      { weight: 1, arbitrary: adjusts },
      { weight: 2, arbitrary: creations },
      { weight: 1, arbitrary: changes },
      { weight: 1, arbitrary: fc.constant('no command') },
    ),
    { minLength: 1, maxLength: 60 },
  )
  .map((written) => logOf([configureOf('hot', 7), ...written]));
