import { SEAL_BYTES, sealOf } from './cursor.js';

const NUMBER_BYTES = 8;

/** Where a list goes on, as whole numbers from 0 on, opaque and sealed like every cursor. `list`: what it is a place in. */
export function encodePlace(numbers: readonly number[], list: readonly unknown[]): string {
  const bytes = Buffer.alloc(numbers.length * NUMBER_BYTES);
  numbers.forEach((number, at) => void bytes.writeBigUInt64BE(BigInt(number), at * NUMBER_BYTES));
  return Buffer.concat([bytes, sealOf(bytes, list)]).toString('base64url');
}

/** Null for anything but a place in this very list, of so many numbers. */
export function decodePlace(cursor: string, count: number, list: readonly unknown[]): readonly number[] | null {
  const bytes = Buffer.from(cursor, 'base64url');
  const length = count * NUMBER_BYTES;
  // Node skips what is no base64url: only the text that it would give itself is taken.
  if (bytes.length !== length + SEAL_BYTES || bytes.toString('base64url') !== cursor) return null;
  const place = bytes.subarray(0, length);
  if (!bytes.subarray(length).equals(sealOf(place, list))) return null;
  return Array.from({ length: count }, (_, at) => Number(place.readBigUInt64BE(at * NUMBER_BYTES)));
}
