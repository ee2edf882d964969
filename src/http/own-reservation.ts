import type { Request } from 'express';
import { isUuid, type ReservationId } from '../domain/ids.js';
import type { ReservationView } from '../ports/hints.js';
import { type Identity, owns } from './authenticate.js';
import { dependency } from './dependency.js';
import { Problem } from './problem.js';
import type { AppDependencies } from './services.js';

/** The reservation that the path names, if it is the caller's. Somebody else's is answered like none: nothing is learnt by trying. */
export async function ownReservation(
  { readReservation }: Pick<AppDependencies, 'readReservation'>,
  req: Request,
  identity: Identity,
): Promise<ReservationView | Problem> {
  const id = String(req.params.reservationId).toLowerCase();
  if (!isUuid(id)) return new Problem('INVALID_ID');
  const found = await dependency('reservations', readReservation(id as ReservationId));
  if (found.kind === 'unknown') return new Problem('STATUS_UNKNOWN', undefined, { retryAfterMs: found.retryAfterMs });
  if (found.kind === 'absent' || !owns(identity, found.reservation))
    return new Problem('NOT_FOUND', 'You have no reservation with this id.');
  return found.reservation;
}
