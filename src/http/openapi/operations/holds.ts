import type { ProblemCode } from '../../problem-table.js';
import { pendingReservationSchema, reservationSchema } from '../../reservation-json.js';
import { confirmBody, emptyBody, extendBody } from '../../schemas.js';
import { EXAMPLES } from '../examples.js';
import type { Operation } from '../operation.js';

type Change = 'confirm' | 'cancel' | 'extend';

interface Kind extends Pick<Operation, 'summary' | 'description' | 'headers'> {
  readonly body: NonNullable<Operation['body']>;
  readonly example: object;
  readonly problems: readonly ProblemCode[];
}

const KINDS: Readonly<Record<Change, Kind>> = {
  confirm: {
    summary: 'The units are paid for',
    description: 'Again with the same `paymentReference`: the same answer.',
    headers: ['Prefer'],
    body: { schema: confirmBody, example: { paymentReference: 'pi_1' } },
    example: EXAMPLES.confirmed,
    problems: ['ALREADY_CANCELLED', 'ALREADY_CONFIRMED'],
  },
  cancel: {
    summary: 'Give the units back',
    description: 'Again: the same answer.',
    headers: ['Prefer'],
    body: { schema: emptyBody, isOptional: true, example: {} },
    example: EXAMPLES.cancelled,
    problems: ['ALREADY_CONFIRMED'],
  },
  extend: {
    summary: 'Hold the units longer, once',
    description: 'Without `seconds`: as long as the SKU allows. With an Idempotency-Key it can be repeated.',
    headers: ['Idempotency-Key?', 'Prefer'],
    body: { schema: extendBody, isOptional: true, example: { seconds: 300 } },
    example: EXAMPLES.extended,
    problems: ['ALREADY_CANCELLED', 'ALREADY_CONFIRMED', 'ALREADY_EXTENDED', 'EXTENSION_TOO_LONG'],
  },
};

export const HOLD_OPERATIONS: readonly Operation[] = Object.entries(KINDS).map(([change, { example, problems, ...kind }]) => ({
  ...kind,
  method: 'post',
  path: `/v1/reservations/:reservationId/${change}`,
  id: change,
  tag: 'Reservations',
  scope: 'reserve',
  answers: {
    200: {
      description: 'The reservation after the decision.',
      schema: reservationSchema,
      example,
      headers: ['ETag', 'Cache-Control'],
      mayHave: ['Idempotent-Replayed'],
    },
    202: {
      description: 'Taken, and not decided within `Prefer: wait` (5 s unless said).',
      schema: pendingReservationSchema,
      example: EXAMPLES.pending(change as Change),
      headers: ['Location', 'Retry-After'],
    },
  },
  mayHave: ['RateLimit', 'RateLimit-Policy'],
  problems: [
    'INVALID_ID',
    'NOT_FOUND',
    'STATUS_UNKNOWN',
    'TOO_MANY_REQUESTS',
    'LOG_UNAVAILABLE',
    'NOT_RESERVED',
    'RESERVATION_EXPIRED',
    ...problems,
  ],
}));
