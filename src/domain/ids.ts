import { createHash } from 'node:crypto';
import { partitionHash } from './partition-hash.js';

/** A brand makes two strings of different meaning incompatible for the compiler; it costs nothing at run time. */
type Brand<T, Name extends string> = T & { readonly __brand: Name };

export type SkuId = Brand<string, 'SkuId'>;
export type UserId = Brand<string, 'UserId'>;
/** Who vouches for the user id: a storefront's id or a JWT's issuer. Ownership and limits go by (issuer, userId). */
export type Issuer = Brand<string, 'Issuer'>;
export type ReservationId = Brand<string, 'ReservationId'>;
export type CommandId = Brand<string, 'CommandId'>;
/** Position of a record in its partition. A JS number is exact up to 2^53: 285 years at a million records a second. */
export type Offset = Brand<number, 'Offset'>;
/** Milliseconds since the epoch, by the clock that the name of the field says. */
export type Millis = number;

export interface Principal {
  readonly issuer: Issuer;
  readonly userId: UserId;
}

export const SKU_ID_PATTERN = /^[A-Za-z0-9][A-Za-z0-9._:-]{0,63}$/;
/** Wide enough for the subjects of common identity providers (`auth0|5f7c`, e-mail addresses), free of quotes and spaces. */
export const USER_ID_PATTERN = /^[A-Za-z0-9._:@|+=~-]{1,128}$/;
export const ISSUER_PATTERN = /^[A-Za-z0-9._:@|+=~/?-]{1,200}$/;
const UUID_PATTERN = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

export const isSkuId = (value: unknown): value is SkuId => typeof value === 'string' && SKU_ID_PATTERN.test(value);
export const isUserId = (value: unknown): value is UserId => typeof value === 'string' && USER_ID_PATTERN.test(value);
export const isIssuer = (value: unknown): value is Issuer => typeof value === 'string' && ISSUER_PATTERN.test(value);
export const isUuid = (value: unknown): value is string => typeof value === 'string' && UUID_PATTERN.test(value);

/** Length-prefixed, so that ("ab", "c") and ("a", "bc") never hash alike. */
function digest(parts: readonly string[]): Buffer {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(`${Buffer.byteLength(part)}:${part}`);
  return hash.digest();
}

/** UUIDv8 (RFC 9562): 4 bytes that name the partition, then 12 of the digest, less the 6 bits of version and variant. */
function uuidInPartitionOf(skuId: SkuId, hash: Buffer): string {
  const bytes = Buffer.allocUnsafe(16);
  bytes.writeUInt32BE(partitionHash(skuId), 0);
  hash.copy(bytes, 4, 0, 12);
  bytes[6] = 0x80 | ((bytes[6] as number) & 0x0f);
  bytes[8] = 0x80 | ((bytes[8] as number) & 0x3f);
  const hex = bytes.toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

/** Hash of (principal, Idempotency-Key), 22 characters of base64url (128 bits): the door knows a key by it, on whatever SKU. */
export function idempotencyKeyHash(principal: Principal, key: string): string {
  return digest([principal.issuer, principal.userId, key]).toString('base64url').slice(0, 22);
}

/**
 * The id of a reservation follows from who asks for what under which key: a repeat has the same id, everywhere, without a look-up.
 * Its first 4 bytes are the partitioner's hash of the SKU, so an id is always decided in one partition, by one writer.
 */
export function reservationIdFor(skuId: SkuId, keyHash: string): ReservationId {
  return uuidInPartitionOf(skuId, digest([skuId, keyHash])) as ReservationId;
}

/** Id of a command without a reservation of its own: the same parts give the same id, so a resend is a repeat. */
export function commandIdFor(skuId: SkuId, parts: readonly string[]): CommandId {
  return uuidInPartitionOf(skuId, digest(parts)) as CommandId;
}

/** Whether an id was made for this SKU: the writer takes no other, since only then one partition decides it. */
export function idBelongsTo(id: string, skuId: SkuId): boolean {
  return Number.parseInt(id.slice(0, 8), 16) === partitionHash(skuId);
}
