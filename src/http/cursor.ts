import { createHash } from 'node:crypto';
import type { ReservationFilter } from '../ports/store.js';

const ID_BYTES = 16;
export const SEAL_BYTES = 8;
export const CURSOR_PATTERN = /^[A-Za-z0-9_-]{32}$/;

/**
 * Where the next page begins, opaque. It holds a position and no rights: what a page shows is chosen by who asks, so that a cursor somebody
 * made up would show them nothing of others, and no secret has to be shared by all processes. The seal finds what is damaged, cut off, or
 * meant for another list.
 */
export function encodeCursor(position: string, filter: ReservationFilter): string {
  const id = Buffer.from(position.replaceAll('-', ''), 'hex');
  return Buffer.concat([id, sealOf(id, listOf(filter))]).toString('base64url');
}

/** Null for anything but a cursor of this very list. */
export function decodeCursor(cursor: string, filter: ReservationFilter): string | null {
  if (!CURSOR_PATTERN.test(cursor)) return null;
  const bytes = Buffer.from(cursor, 'base64url');
  const id = bytes.subarray(0, ID_BYTES);
  if (!bytes.subarray(ID_BYTES).equals(sealOf(id, listOf(filter)))) return null;
  return id.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}

const listOf = ({ issuer, userId, skuId, status }: ReservationFilter): readonly unknown[] => [issuer, userId, skuId, status];

/** Of a place in this list: by what the list is of. */
export const sealOf = (place: Buffer, list: readonly unknown[]): Buffer =>
  createHash('sha256').update(place).update(JSON.stringify(list)).digest().subarray(0, SEAL_BYTES);
