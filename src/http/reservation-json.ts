import type { ReservationView } from '../ports/hints.js';
import type { QueuePlace } from './services.js';

const timeOf = (ms: number | null): string | undefined => (ms === null ? undefined : new Date(ms).toISOString());

/** A reservation as the API shows it. What is not known yet is left out. */
export function reservationJson(view: ReservationView) {
  return {
    reservationId: view.reservationId,
    skuId: view.skuId,
    userId: view.userId,
    quantity: view.quantity,
    status: view.status,
    reason: view.reason ?? undefined,
    sequence: view.sequence ?? undefined,
    queuedAt: timeOf(view.queuedAt),
    decideBy: timeOf(view.decideBy),
    decidedAt: timeOf(view.decidedAt),
    expiresAt: timeOf(view.expiresAt),
    confirmedAt: timeOf(view.confirmedAt),
    paymentReference: view.paymentReference ?? undefined,
    version: view.version,
  };
}

/** The same with its place in the queue, null where that is not known. */
export const queuedJson = (view: ReservationView, queue: QueuePlace | null) => ({ ...reservationJson(view), queue });

export const reservationPath = (view: Pick<ReservationView, 'reservationId'>): string => `/v1/reservations/${view.reservationId}`;
