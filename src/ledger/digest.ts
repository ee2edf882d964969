import { hash } from 'node:crypto';

/**
 * The first 64 bits of a SHA-256: what stands for a text in memory. Two numbers and no bigint, which would be an object each time.
 * Whoever edits a row would have to find another text of the same 64 bits for it.
 */
export interface Digest {
  readonly high: number;
  readonly low: number;
}

export function digestOf(text: string): Digest {
  // In hex: a buffer has memory of its own outside the heap, and a million of those are freed late.
  const hex = hash('sha256', text, 'hex');
  return { high: Number.parseInt(hex.slice(0, 8), 16), low: Number.parseInt(hex.slice(8, 16), 16) };
}

/** Of a text that is not there. */
export const NO_DIGEST: Digest = { high: 0, low: 0 };
export const digestOrNone = (text: string | null): Digest => (text === null ? NO_DIGEST : digestOf(text));
