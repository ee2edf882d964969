import { hash } from 'node:crypto';
import { partitionHash } from './partition-hash.js';

/** A brand makes two strings of different meaning incompatible for the compiler; it costs nothing at run time. */
type Brand<T, Name extends string> = T & { readonly __brand: Name };

export type SkuId = Brand<string, 'SkuId'>;
export type UserId = Brand<string, 'UserId'>;
/** Whose buyer it is: a storefront's, or an operator. Ownership and limits go by (issuer, userId). */
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

/** One text for one buyer of one storefront: neither of the two can hold a space. */
export const buyerKey = ({ issuer, userId }: Principal): string => `${issuer} ${userId}`;

export const SKU_ID_PATTERN = /^[A-Za-z0-9][A-Za-z0-9._:-]{0,63}$/;
/** Wide enough for the subjects of common identity providers (`auth0|5f7c`, e-mail addresses), free of quotes and spaces. */
export const USER_ID_PATTERN = /^[A-Za-z0-9._:@|+=~-]{1,128}$/;
export const ISSUER_PATTERN = /^[A-Za-z0-9._:@|+=~/?-]{1,200}$/;
/** As payment providers make them (`pi_3MtwBwLkdIwHu7ix28a3tqPa`), free of quotes and spaces. */
export const PAYMENT_REFERENCE_PATTERN = /^[A-Za-z0-9._:@|+=~/-]{1,128}$/;
/** Of an API key. A storefront's reservations belong to it, and stay its own when the key is replaced. */
export const API_KEY_NAME_PATTERN = /^[a-z0-9-]{1,40}$/;
const UUID_PATTERN = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

export const isSkuId = (value: unknown): value is SkuId => typeof value === 'string' && SKU_ID_PATTERN.test(value);
export const isUserId = (value: unknown): value is UserId => typeof value === 'string' && USER_ID_PATTERN.test(value);
export const isIssuer = (value: unknown): value is Issuer => typeof value === 'string' && ISSUER_PATTERN.test(value);
export const isPaymentReference = (value: unknown): value is string => typeof value === 'string' && PAYMENT_REFERENCE_PATTERN.test(value);
export const isUuid = (value: unknown): value is string => typeof value === 'string' && UUID_PATTERN.test(value);

/**
 * The issuer of a storefront's buyers: the same whether its API key names the buyer or the buyer comes with a token, so that the limit per
 * buyer is one limit, and a key used both ways is one reservation.
 * @throws for a name that no API key can have
 */
export function storefrontIssuer(name: string): Issuer {
  if (!API_KEY_NAME_PATTERN.test(name)) throw new Error(`"${name}" cannot be the name of a storefront`);
  return `storefront:${name}` as Issuer;
}

/** Length-prefixed, so that ("ab", "c") and ("a", "bc") never hash alike. */
function lengthPrefixed(parts: readonly string[]): string {
  let text = '';
  for (const part of parts) text += `${Buffer.byteLength(part)}:${part}`;
  return text;
}

const digest = (parts: readonly string[]): Buffer => hash('sha256', lengthPrefixed(parts), 'buffer');

/** UUIDv8 (RFC 9562): 4 bytes that name the partition, then 12 of the rest, less the 6 bits of version and variant. */
function uuidInPartitionOf(skuId: SkuId, rest: Buffer): string {
  const bytes = Buffer.allocUnsafe(16);
  bytes.writeUInt32BE(partitionHash(skuId), 0);
  rest.copy(bytes, 4, 0, 12);
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
 *
 *     d340bf64-1ba0-8bb3-84c4-ae9f030afa7f
 *     SKU      buyer          key
 *
 * The partitioner's hash of the SKU comes first: an id is always decided in one partition, by one writer. Then 42 bits of the buyer, so that
 * all that a buyer has of a SKU lies together in the index of the ids, and 48 of the key: `idsOfSameBuyer`.
 */
export function reservationIdFor(skuId: SkuId, principal: Principal, keyHash: string): ReservationId {
  // The SKU again: the partitioner's 32 bits are the same for some pairs of SKUs, and their ids must differ all the same.
  const key = digest([skuId, keyHash]);
  return uuidInPartitionOf(skuId, Buffer.concat([buyerBits(principal), key.subarray(0, 6)])) as ReservationId;
}

const buyerBits = ({ issuer, userId }: Principal): Buffer => digest([issuer, userId]).subarray(0, 6);

/**
 * Whether an id was made for this SKU and this buyer. The writer takes no other: only then one partition decides it, and only then its range
 * holds all that counts against the buyer's limit. Asked for every record, so the id's characters are compared and none is built.
 */
export function isReservationIdOf(id: string, skuId: SkuId, { issuer, userId }: Principal): boolean {
  if (!idBelongsTo(id, skuId)) return false;
  const buyer = hash('sha256', lengthPrefixed([issuer, userId]), 'hex');
  return (
    id.slice(9, 13) === buyer.slice(0, 4) &&
    id.slice(15, 18) === buyer.slice(5, 8) &&
    sixBits(id.slice(19, 21)) === sixBits(buyer.slice(8, 10)) &&
    id.slice(21, 23) === buyer.slice(10, 12)
  );
}

/** What the variant leaves of a byte. */
const sixBits = (hex: string): number => Number.parseInt(hex, 16) & 0x3f;

/** First and last possible id of the buyer of this one, on its SKU. Another buyer's may lie there too, once in 2^42. */
export function idsOfSameBuyer(id: ReservationId): { readonly first: string; readonly last: string } {
  const buyer = id.slice(0, 24);
  return { first: `${buyer}000000000000`, last: `${buyer}ffffffffffff` };
}

/** What all ids of a buyer have between their SKU and their key. */
export const buyerPartOfIds = (principal: Principal): string => reservationIdFor('' as SkuId, principal, '').slice(8, 24);

/** First and last possible id on this SKU. Those of another SKU of the same hash lie there too. */
export function idsOfSku(skuId: SkuId): { readonly first: string; readonly last: string } {
  const sku = partitionHash(skuId).toString(16).padStart(8, '0');
  return { first: `${sku}-0000-0000-0000-000000000000`, last: `${sku}-ffff-ffff-ffff-ffffffffffff` };
}

/** Id of a command without a reservation of its own: the same parts give the same id, so a resend is a repeat. */
export function commandIdFor(skuId: SkuId, parts: readonly string[]): CommandId {
  return uuidInPartitionOf(skuId, digest(parts)) as CommandId;
}

/** Whether an id was made for this SKU: the writer takes no other, since only then one partition decides it. */
export function idBelongsTo(id: string, skuId: SkuId): boolean {
  return Number.parseInt(id.slice(0, 8), 16) === partitionHash(skuId);
}
