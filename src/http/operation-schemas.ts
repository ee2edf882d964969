import { z } from 'zod';
import { REASON_MAX_LENGTH } from '../domain/limits.js';
import { LETTER_STATES } from '../ports/dead-letters.js';
import { countUpTo, lineUpTo } from './schemas.js';

/** Letters put into the log again by one request, unless it says how many. */
export const REDRIVE_LIMIT = 100;
const REDRIVE_LIMIT_MAX = 500;

/** Of POST /v1/admin/sale/halt and of .../dismiss: whoever finds it later wants to know why. */
export const reasonBody = z.strictObject({ reason: lineUpTo(REASON_MAX_LENGTH) }).meta({ id: 'Reason' });

/** Of POST /v1/admin/sale/resume. */
export const optionalReasonBody = z.strictObject({ reason: lineUpTo(REASON_MAX_LENGTH).optional() }).meta({ id: 'OptionalReason' });

/** Query of GET /v1/admin/dead-letters. */
export const lettersQuery = z.strictObject({
  partition: z
    .string()
    .regex(/^(0|[1-9]\d{0,8})$/, 'must be the number of a partition')
    .transform(Number)
    .optional(),
  state: z.enum(LETTER_STATES, `must be one of ${LETTER_STATES.join(', ')}`).optional(),
  cursor: z.string().optional(),
  limit: countUpTo(100).optional(),
});

/** Of POST /v1/admin/dead-letters/redrive. */
export const redriveBody = z
  .strictObject({
    partition: z.int('must be the number of a partition').min(0, 'must be the number of a partition').max(999_999_999).optional(),
    limit: z
      .int(`must be a whole number from 1 to ${REDRIVE_LIMIT_MAX}`)
      .min(1, 'must be at least 1')
      .max(REDRIVE_LIMIT_MAX, `must be at most ${REDRIVE_LIMIT_MAX}`)
      .optional(),
    cursor: z.string('must be a text').optional(),
  })
  .meta({ id: 'RedriveRequest' });
