import { coalesce } from '../batching/coalesce.js';
import { idempotencyKeyHash, type ReservationId, reservationIdFor } from '../domain/ids.js';
import type { Accept, ReserveRequest } from '../ports/admission.js';
import type { HintCache, ReservationView } from '../ports/hints.js';

/** A halt lasts until a person has looked at what is wrong. */
const RETRY_AFTER_MS = 5_000;
const MAX_IDS_PER_CALL = 256;

export interface WhileHaltedDependencies {
  readonly accept: Accept;
  readonly isHalted: () => boolean;
  readonly cache: Pick<HintCache, 'read'>;
  readonly guarded: <T>(call: () => Promise<T>) => Promise<T>;
  readonly latest: (view: ReservationView) => Promise<ReservationView>;
}

/**
 * Takes no new request while the sale is halted. A repeat of one that Redis knows is told where it stands: one read a turn of the event loop
 * for all of them. Without Redis it is turned away like the others, and its reservation can be read by its id: PostgreSQL is not asked on
 * behalf of everybody who tries.
 */
export function acceptUnlessHalted(deps: WhileHaltedDependencies): Accept {
  const { accept, isHalted, cache, guarded, latest } = deps;
  const read = coalesce<ReservationId, ReservationView | null>({
    maxItems: MAX_IDS_PER_CALL,
    maxInFlight: 4,
    run: (ids) => guarded(() => cache.read(ids)),
  });
  return async (request) => {
    if (!isHalted()) return await accept(request);
    const known = await read(idOf(request)).catch(() => null);
    if (known === null) return { kind: 'halted', retryAfterMs: RETRY_AFTER_MS };
    if (known.quantity !== request.quantity) return { kind: 'refused', reason: 'KEY_REUSED', retryAfterMs: null };
    return { kind: 'replayed', reservation: known.status === 'RESERVED' ? await latest(known) : known };
  };
}

const idOf = ({ principal, idempotencyKey, skuId }: ReserveRequest): ReservationId =>
  reservationIdFor(skuId, principal, idempotencyKeyHash(principal, idempotencyKey));
