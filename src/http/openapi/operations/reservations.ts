import { RESERVE_REFUSALS, type Refusal } from '../../../domain/refusal.js';
import { queuedReservationSchema, reservationSchema } from '../../reservation-json.js';
import { reservationPageSchema } from '../../routes/reservation-list.js';
import { listQuery, reserveBody } from '../../schemas.js';
import { EXAMPLES } from '../examples.js';
import type { Operation } from '../operation.js';

const READ_PROBLEMS = ['INVALID_ID', 'NOT_FOUND', 'STATUS_UNKNOWN'] as const;
const NOT_MODIFIED = { description: 'What the caller has is current.', headers: ['ETag', 'Cache-Control'] } as const;

export const RESERVATION_OPERATIONS: readonly Operation[] = [
  {
    method: 'post',
    path: '/v1/reservations',
    id: 'reserve',
    tag: 'Reservations',
    summary: 'Ask for units of a SKU',
    description:
      'Taken in the order in which requests enter the log. The same request under the same Idempotency-Key is the same reservation, however often it is sent: after a 503, or without an answer, send it again.',
    scope: 'reserve',
    headers: ['Idempotency-Key', 'Prefer'],
    // Where the buyer's requests are counted.
    mayHave: ['RateLimit', 'RateLimit-Policy'],
    body: { schema: reserveBody, example: { skuId: 'sneaker-42', quantity: 1, userId: 'alice' } },
    answers: {
      200: {
        description: 'A repeat: the reservation as it is now.',
        schema: reservationSchema,
        example: EXAMPLES.reserved,
        headers: ['Idempotent-Replayed', 'Location', 'ETag'],
        mayHave: ['Retry-After'],
      },
      201: {
        description: 'Decided within `Prefer: wait`: the units are held until `expiresAt`.',
        schema: reservationSchema,
        example: EXAMPLES.reserved,
        headers: ['Location', 'ETag'],
      },
      202: {
        description: 'Taken and not decided yet.',
        schema: queuedReservationSchema,
        example: EXAMPLES.queued,
        headers: ['Location', 'Retry-After'],
      },
    },
    problems: [
      'INVALID_SKU',
      'INVALID_USER_ID',
      'LOG_UNAVAILABLE',
      'TOO_MANY_REQUESTS',
      'QUEUE_TOO_LONG',
      'OVERLOADED',
      'SALE_HALTED',
      ...(RESERVE_REFUSALS satisfies readonly Refusal[]),
    ],
  },
  {
    method: 'get',
    path: '/v1/reservations',
    id: 'listReservations',
    tag: 'Reservations',
    summary: "The caller's reservations that are decided",
    description: 'Refused ones too, by id. One that still waits in the log is not listed: its id is in its 202.',
    scope: 'reserve',
    query: listQuery,
    answers: {
      200: {
        description: 'A page of them.',
        schema: reservationPageSchema,
        example: { reservations: [EXAMPLES.confirmed] },
        headers: ['Cache-Control'],
        mayHave: ['Link'],
      },
    },
    problems: ['INVALID_SKU', 'INVALID_USER_ID'],
  },
  {
    method: 'get',
    path: '/v1/reservations/:reservationId',
    id: 'getReservation',
    tag: 'Reservations',
    summary: 'A reservation, in whatever state',
    scope: 'reserve',
    headers: ['Prefer', 'If-None-Match'],
    answers: {
      200: {
        description: 'The reservation; one that was refused too, with its `reason`.',
        schema: reservationSchema,
        example: EXAMPLES.reserved,
        headers: ['ETag', 'Cache-Control'],
        mayHave: ['Retry-After'],
      },
      304: { ...NOT_MODIFIED, mayHave: ['Retry-After'] },
    },
    problems: READ_PROBLEMS,
  },
  {
    method: 'get',
    path: '/v1/reservations/:reservationId/events',
    id: 'watchReservation',
    tag: 'Reservations',
    summary: 'Its state now and at every change, as Server-Sent Events',
    description:
      'Each event holds the reservation; its `id` is the version, so that `Last-Event-ID` resumes on any process. A comment comes every 15 s. The stream ends after a final state.',
    scope: 'reserve',
    headers: ['Last-Event-ID'],
    answers: {
      200: {
        description: 'The stream.',
        type: 'text/event-stream',
        schema: reservationSchema,
        example: { id: '7', data: JSON.stringify(EXAMPLES.reserved) },
        headers: ['Cache-Control', 'X-Accel-Buffering'],
      },
      204: { description: 'The caller has seen the final state: an EventSource stops here.', headers: ['Cache-Control'] },
    },
    problems: [...READ_PROBLEMS, 'TOO_MANY_STREAMS', 'TOO_MANY_STREAMS_OF_BUYER'],
  },
];
