import { z } from 'zod';
import { PAYMENT_REFERENCE_PATTERN, SKU_ID_PATTERN, USER_ID_PATTERN } from '../domain/ids.js';
import { HOLD_SECONDS_MAX, NAME_MAX_LENGTH, REASON_MAX_LENGTH, TIME_MAX, UNITS_MAX } from '../domain/limits.js';
import { DECIDED_STATUSES } from '../domain/reservation.js';
import { CURSOR_PATTERN } from './cursor.js';
import { Problem } from './problem.js';
import type { ProblemCode } from './problem-table.js';

const wholeFrom = (least: number, most: number) =>
  z.int(`must be a whole number from ${least} to ${most}`).min(least, `must be at least ${least}`).max(most, `must be at most ${most}`);

/** RFC 3339 with an offset, to epoch milliseconds; null: no bound. */
const moment = z.iso
  .datetime({ offset: true, error: 'must be a time such as 2030-01-31T18:00:00Z' })
  .transform((text) => Date.parse(text))
  .refine((at) => at >= 0 && at <= TIME_MAX, 'must lie in the years from 1970 to 9999')
  .nullable();

/** Control characters and lone surrogates have no place in a line of text, and PostgreSQL takes neither NUL nor broken UTF-16. */
export const lineUpTo = (most: number) =>
  z
    .string('must be a text')
    .min(1, 'must not be empty')
    .max(most, `must have at most ${most} characters`)
    .regex(/^[^\p{Cc}\p{Cs}]*$/u, 'must have no control characters');

const skuId = z.string('must be a text').regex(SKU_ID_PATTERN, 'must have 1 to 64 characters: letters, digits, and ._:- after the first');
const userId = z.string('must be a text').regex(USER_ID_PATTERN, 'must have 1 to 128 characters: letters, digits, and ._:@|+=~-');

/** Of a query, so a text. */
export const countUpTo = (most: number) =>
  z
    .string()
    .regex(/^[1-9]\d{0,3}$/, `must be a whole number from 1 to ${most}`)
    .transform(Number)
    .refine((count) => count <= most, `must be a whole number from 1 to ${most}`)
    .meta({ wholeNumber: { minimum: 1, maximum: most } });

/** Body of POST /v1/reservations. What is too many for any SKU is told apart from what is no quantity at all, by the route. */
export const reserveBody = z
  .strictObject({
    skuId,
    quantity: z.int('must be a whole number').min(1, 'must be at least 1'),
    userId: userId.optional().describe('The buyer: needed with an API key, left out with a token, whose subject is the buyer'),
  })
  .meta({ id: 'ReserveBody' });

/** Body of POST /v1/reservations/{reservationId}/confirm. */
export const confirmBody = z
  .strictObject({
    paymentReference: z
      .string('must be a text')
      .regex(PAYMENT_REFERENCE_PATTERN, 'must have 1 to 128 characters: letters, digits, and ._:@|+=~/-'),
  })
  .meta({ id: 'ConfirmBody' });

/** Of a route that needs none, where there is one at all. */
export const emptyBody = z.strictObject({}).meta({ id: 'EmptyBody' });

/** Of .../extend, where there is one. How long is too long is the SKU's to say. */
export const extendBody = z.strictObject({ seconds: wholeFrom(1, HOLD_SECONDS_MAX).optional() }).meta({ id: 'ExtendBody' });

/** Body of POST /v1/admin/skus/{skuId}/adjustments. */
export const adjustBody = z
  .strictObject({
    delta: wholeFrom(-UNITS_MAX, UNITS_MAX)
      .refine((delta) => delta !== 0, 'must not be 0')
      .meta({ not: { const: 0 } }),
    reason: lineUpTo(REASON_MAX_LENGTH),
  })
  .meta({ id: 'AdjustBody' });

/** Body of PUT /v1/admin/skus/{skuId}. A setting left out keeps its value, or takes the default at creation. */
export const skuBody = z
  .strictObject({
    total: wholeFrom(0, UNITS_MAX).optional(),
    name: lineUpTo(NAME_MAX_LENGTH).optional(),
    perUserLimit: wholeFrom(1, UNITS_MAX).optional(),
    maxQuantity: wholeFrom(1, UNITS_MAX).optional(),
    holdSeconds: wholeFrom(1, HOLD_SECONDS_MAX).optional(),
    maxExtendSeconds: wholeFrom(0, HOLD_SECONDS_MAX).optional(),
    opensAt: moment.optional(),
    closesAt: moment.optional(),
  })
  .meta({ id: 'SkuBody' });

/** Fields with a code of their own; the others are INVALID_BODY. */
const CODE_OF_FIELD: Readonly<Record<string, ProblemCode>> = {
  skuId: 'INVALID_SKU',
  quantity: 'INVALID_QUANTITY',
  userId: 'INVALID_USER_ID',
};

/** Query of GET /v1/reservations. */
export const listQuery = z.strictObject({
  skuId: skuId.optional().describe('Those of this SKU'),
  userId: userId.optional().describe('Those of this buyer; a storefront may name one'),
  status: z
    .enum(DECIDED_STATUSES, `must be one of ${DECIDED_STATUSES.join(', ')}`)
    .optional()
    .describe('Those that are so now'),
  cursor: z
    .string()
    .regex(CURSOR_PATTERN, 'is not one that this list gave: begin again without it')
    .optional()
    .describe('Where to go on: from the Link of the page before'),
  limit: countUpTo(100).optional().describe('How many, 50 unless said'),
});

/** Query of GET /v1/admin/skus/{skuId}/decisions. */
export const decisionsQuery = z.strictObject({
  after: z
    .string()
    .regex(/^\d{1,15}$/, 'must be a sequence: a whole number')
    .transform(Number)
    .optional()
    .meta({ description: 'Those after this sequence', wholeNumber: { minimum: 0, maximum: 999_999_999_999_999 } }),
  limit: countUpTo(500).optional().describe('How many, 100 unless said'),
});

/**
 * The value as the schema has it, or a Problem that names the first field at fault: an unknown one before all others, then in the order of
 * the schema.
 */
export function parseBody<T>(schema: z.ZodType<T>, value: Record<string, unknown>): T | Problem {
  const result = schema.safeParse(value);
  return result.success ? result.data : issuesProblem(result.error, value, { otherwise: 'INVALID_BODY', part: 'property' });
}

interface Where {
  /** Code of a field that has none of its own. */
  readonly otherwise: ProblemCode;
  readonly part: 'property' | 'parameter';
}

/** What is wrong with this value by its schema. */
export function issuesProblem({ issues }: z.ZodError, value: Record<string, unknown>, { otherwise, part }: Where): Problem {
  const unknown = issues.find((issue) => issue.code === 'unrecognized_keys');
  if (unknown !== undefined) {
    // Quoted and cut: it is the caller's text.
    const name = JSON.stringify(String(unknown.keys[0]).slice(0, 64));
    return new Problem(otherwise, `${name} is not a ${part} that this route takes.`);
  }
  const field = String(issues[0]?.path[0] ?? '');
  const fault = value[field] === undefined ? 'is missing' : issues[0]?.message;
  return new Problem(CODE_OF_FIELD[field] ?? otherwise, `${field} ${fault}.`);
}
