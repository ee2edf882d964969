import { setTimeout as sleep } from 'node:timers/promises';
import type { Ask } from './buyers.js';
import { problemCodeOf, type Reply, reservationOf, type Shop } from './shop.js';
import type { Answer, Tally } from './tally.js';

type Doors = Pick<Shop, 'reserve' | 'decided'>;

/** How long a buyer keeps trying after 503, 429 and broken connections. */
const PATIENCE_MS = 60_000;
/** Where the service names no time. */
const RETRY_AFTER_MS = 500;
/** One accepted request in this many is followed until its decision. */
const FOLLOWED_ONE_IN = 5;

/**
 * Sends every ask when it is due, whatever became of those before it, and resolves when the last one is answered. Latency counts from the
 * due moment, so that a service (or a crowd) that falls behind is seen, and not forgiven.
 */
export async function arrive(asks: readonly Ask[], shop: Doors, tally: Tally, signal: AbortSignal): Promise<void> {
  const opened = performance.now();
  const underWay: Promise<void>[] = [];
  for (const ask of asks) {
    const aheadMs = opened + ask.dueMs - performance.now();
    if (aheadMs > 1) await sleep(aheadMs, undefined, { signal });
    underWay.push(visit(ask, opened + ask.dueMs, shop, tally, signal));
  }
  await Promise.all(underWay);
}

async function visit(ask: Ask, due: number, shop: Doors, tally: Tally, signal: AbortSignal): Promise<void> {
  const answer = await askUntilAnswered(ask, due, shop, tally, signal);
  const answeredAt = performance.now();
  tally.answer(ask, answer, answeredAt - due);
  if (answer.kind === 'accepted' && tally.accepted % FOLLOWED_ONE_IN === 0) await follow(answer.reservationId, answeredAt, shop, tally);
}

async function askUntilAnswered(ask: Ask, due: number, shop: Doors, tally: Tally, signal: AbortSignal): Promise<Answer> {
  for (;;) {
    const reply = await shop.reserve(ask).catch((error: unknown) => new Unanswered(error));
    const answer = reply instanceof Unanswered ? null : answerOf(reply);
    if (answer !== null) return answer;
    tally.retry(reply instanceof Unanswered ? reply.why : `${reply.status} ${problemCodeOf(reply)}`);
    const waitMs = reply instanceof Unanswered || reply.retryAfter === null ? RETRY_AFTER_MS : reply.retryAfter * 1_000;
    if (performance.now() + waitMs > due + PATIENCE_MS) return { kind: 'gaveUp' };
    await sleep(waitMs, undefined, { signal });
  }
}

/** A request that got no answer at all: only the same key again is safe. */
class Unanswered {
  readonly why: string;
  constructor(error: unknown) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    this.why = code || (error instanceof Error ? error.message : String(error));
  }
}

/** Null for "try again later". */
export function answerOf(reply: Reply): Answer | null {
  const { status } = reply;
  if (status === 202) return { kind: 'accepted', reservationId: reservationOf(reply).reservationId };
  if (status === 200 || status === 201) return { kind: 'replayed', reservationId: reservationOf(reply).reservationId };
  if (status === 429 || status >= 500) return null;
  return { kind: 'refused', code: problemCodeOf(reply) };
}

/** From the 202 in the buyer's hands to an answer that holds the decision: commit, announcement and one HTTP exchange. */
async function follow(reservationId: string, acceptedAt: number, shop: Doors, tally: Tally): Promise<void> {
  const decided = await shop.decided(reservationId, PATIENCE_MS).catch(() => null);
  // One that is not decided in all that time is told as lost by the recount.
  if (decided !== null) tally.decided(performance.now() - acceptedAt);
}
