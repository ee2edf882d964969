import type { OnSale } from './catalogue.js';

/** One HTTP request that a buyer is going to make, and when. */
export interface Ask {
  readonly skuId: string;
  readonly userId: string;
  readonly quantity: number;
  readonly idempotencyKey: string;
  /** Milliseconds after the doors open. */
  readonly dueMs: number;
  /** Sent a second time with the same key, at the same moment or later. */
  readonly isRepeat: boolean;
}

/**
 * The crowd grows for so long until it comes at its full rate. Service, broker and crowd have just been started: for some seconds they spend
 * two cores on compiling themselves. On a quiet machine of two cores at 800/s, accept p95 was 390 ms with a ramp of 1 s and 130 ms with 3 s.
 */
export const RAMP_MS = 3_000;
/** One request in ten comes twice, half of those at the same moment: a double click, and a page loaded again. */
const REPEAT_ONE_IN = 10;
const REPEAT_LATER_MS = 1_500;
/** One quiet buyer in twenty comes back for more than the limit, under a new key. */
const GREEDY_ONE_IN = 20;

/**
 * Who asks for what and when: all buyers mixed, at a rate that grows evenly to the full one and stays there, repeats included in it.
 * @param random uniform in [0, 1); the same source gives the same sale
 */
export function planAsks(skus: readonly OnSale[], ratePerSecond: number, random: () => number): readonly Ask[] {
  const wishes = shuffled(skus.flatMap(wishesFor), random);
  const wishesPerMs = (ratePerSecond / 1_000) * (REPEAT_ONE_IN / (REPEAT_ONE_IN + 1));
  const asks: Ask[] = [];
  wishes.forEach((wish, at) => {
    const first: Ask = { ...wish, dueMs: dueMs(at, wishesPerMs), isRepeat: false };
    asks.push(first);
    if (at % REPEAT_ONE_IN !== 0) return;
    const later = at % (REPEAT_ONE_IN * 2) === 0 ? 0 : REPEAT_LATER_MS;
    asks.push({ ...first, dueMs: first.dueMs + later, isRepeat: true });
  });
  return asks.sort((a, b) => a.dueMs - b.dueMs);
}

/** When so many have come before: in the ramp their number grows with the square of the time, from 0 to half of what the full rate brings. */
function dueMs(before: number, perMs: number): number {
  const inRamp = (perMs * RAMP_MS) / 2;
  return before < inRamp ? Math.sqrt((2 * before * RAMP_MS) / perMs) : RAMP_MS / 2 + before / perMs;
}

type Wish = Omit<Ask, 'dueMs' | 'isRepeat'>;

function wishesFor({ skuId, buyers, perUserLimit, maxQuantity }: OnSale): Wish[] {
  return Array.from({ length: buyers }, (_, n): Wish[] => {
    const userId = `buyer-${n + 1}`;
    const quantity = 1 + (n % maxQuantity);
    const wish = { skuId, userId, quantity, idempotencyKey: `${skuId}-${userId}` };
    const greedy = perUserLimit > 1 && n % GREEDY_ONE_IN === 0;
    return greedy ? [wish, { ...wish, quantity: maxQuantity, idempotencyKey: `${wish.idempotencyKey}-more` }] : [wish];
  }).flat();
}

/** Fisher and Yates. */
function shuffled<T>(items: readonly T[], random: () => number): T[] {
  const mixed = [...items];
  for (let last = mixed.length - 1; last > 0; last--) {
    const at = Math.floor(random() * (last + 1));
    [mixed[last], mixed[at]] = [mixed[at] as T, mixed[last] as T];
  }
  return mixed;
}

/** Mulberry32: small, and good enough to mix a crowd. */
export function seededRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
