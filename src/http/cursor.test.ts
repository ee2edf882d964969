import type { ReservationFilter } from '../ports/store.js';
import { decodeCursor, encodeCursor } from './cursor.js';

const FILTER = { issuer: 'storefront:shop', userId: null, skuId: null, status: null } as ReservationFilter;
const ID = '0190b7a0-0000-8000-8000-00000000abcd';

test('a cursor leads back to where it was made, and is no longer than a line', () => {
  const cursor = encodeCursor(ID, FILTER);
  expect(decodeCursor(cursor, FILTER)).toBe(ID);
  expect(cursor).toMatch(/^[A-Za-z0-9_-]{32}$/);
});

test.each([
  ['another shop', { issuer: 'storefront:other' }],
  ['another buyer', { userId: 'ann' }],
  ['another SKU', { skuId: 'sneaker' }],
  ['another status', { status: 'REJECTED' }],
])('of %s it is none', (_, change) => {
  expect(decodeCursor(encodeCursor(ID, FILTER), { ...FILTER, ...change } as ReservationFilter)).toBeNull();
});

test('every character of it counts', () => {
  const cursor = encodeCursor(ID, FILTER);
  for (let at = 0; at < cursor.length; at += 1) {
    const other = cursor[at] === 'A' ? 'B' : 'A';
    expect(decodeCursor(cursor.slice(0, at) + other + cursor.slice(at + 1), FILTER)).toBeNull();
  }
});

test.each(['', 'x', ID, 'A'.repeat(32), 'A'.repeat(33), 'A'.repeat(31), '?'.repeat(32), `${'A'.repeat(31)}=`])('%j is none', (text) => {
  expect(decodeCursor(text, FILTER)).toBeNull();
});
