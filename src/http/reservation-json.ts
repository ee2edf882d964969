import { z } from 'zod';
import { PAYMENT_REFERENCE_PATTERN, SKU_ID_PATTERN, USER_ID_PATTERN } from '../domain/ids.js';
import { RESERVE_REFUSALS, type RejectionReason } from '../domain/refusal.js';
import { RESERVATION_STATUSES } from '../domain/reservation.js';
import type { QueuePlace } from '../ports/admission.js';
import type { ReservationView } from '../ports/hints.js';

const time = z.iso.datetime({ precision: 3 });
/** The others refuse a record and leave no reservation. */
const REASONS = RESERVE_REFUSALS.filter((reason): reason is RejectionReason => reason !== 'KEY_REUSED' && reason !== 'INVALID_QUANTITY');

const reservationFields = {
  reservationId: z.guid(),
  skuId: z.string().regex(SKU_ID_PATTERN),
  userId: z.string().regex(USER_ID_PATTERN).describe('The buyer: as named in the request, or the subject of the token'),
  quantity: z.int().min(1).describe('Units asked for'),
  status: z.enum(RESERVATION_STATUSES),
  reason: z.enum(REASONS).optional().describe('Why it is REJECTED'),
  sequence: z.int().min(1).optional().describe('Number of the decision within its SKU: the proof that first come was first served'),
  queuedAt: time.describe('When the request was taken'),
  decideBy: time.describe('A request that is still undecided then is refused'),
  decidedAt: time.optional(),
  expiresAt: time.optional().describe('End of the hold'),
  confirmedAt: time.optional(),
  paymentReference: z.string().regex(PAYMENT_REFERENCE_PATTERN).optional(),
  version: z.int().min(0).describe('Sequence of its last change, 0 while QUEUED: ETag, and id of its events'),
};

/** What `reservationJson` makes. */
export const reservationSchema = z.object(reservationFields).meta({ id: 'Reservation', description: 'What is not known yet is left out.' });

/** What `queuedJson` makes. */
export const queuedReservationSchema = z
  .object({
    ...reservationFields,
    queue: z
      .object({
        position: z.int().min(0).describe('Requests before this one'),
        estimatedWaitMs: z.number().min(0).describe('Milliseconds until it is decided, as things go'),
      })
      .nullable()
      .describe('As of the last word of the writer; null where that is not known'),
  })
  .meta({ id: 'QueuedReservation', description: 'A request that is taken and not decided yet.' });

/** A reservation whose change was taken and is not decided yet. */
export const pendingReservationSchema = z
  .object({ ...reservationFields, pending: z.enum(['confirm', 'cancel', 'extend']).describe('What was asked for') })
  .meta({ id: 'PendingReservation', description: 'The reservation before its change, which is in the log and not decided yet.' });

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
