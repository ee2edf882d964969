import { z } from 'zod';
import { RESERVATION_STATUSES } from '../domain/reservation.js';
import { PROBLEM_CODES, type ProblemCode } from './problem-table.js';

/** What `readiness` found, without addresses. */
export const healthChecksSchema = z.array(z.object({ name: z.string(), ok: z.boolean(), detail: z.string().optional() }));

/** What `problemJson` makes, whatever the code. Members that only some problems have are optional. */
export const problemSchema = z
  .object({
    type: z
      .string()
      .regex(/\/problems\/[a-z-]+$/)
      .describe('A page that says what it means'),
    title: z.string(),
    status: z.int().min(400).max(599),
    detail: z.string(),
    instance: z.string().optional().describe('The path that was asked for, or the reservation that was refused'),
    code: z.enum(PROBLEM_CODES as [ProblemCode, ...ProblemCode[]]).describe('What a program goes by'),
    requestId: z.string(),
    reservationId: z.guid().optional().describe('The reservation that this is about'),
    reservationStatus: z
      .literal('REJECTED')
      .optional()
      .describe('The request was refused for good, and so is every repeat of it under its key. Without it nothing was stored.'),
    currentStatus: z.enum(RESERVATION_STATUSES).optional().describe('What the reservation is, where a change of it was refused'),
    checks: healthChecksSchema.optional().describe('Of NOT_READY'),
  })
  .meta({ id: 'Problem', description: 'Any answer that is not success (RFC 9457).' });
