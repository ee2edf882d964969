import { z } from 'zod';
import { LETTER_REASONS, LETTER_STATES } from '../ports/dead-letters.js';
import { PROBLEM_CODES, type ProblemCode } from './problem-table.js';

const time = z.iso.datetime({ precision: 3 });
const count = z.int().min(0);

export const saleSchema = z
  .object({
    state: z.enum(['RUNNING', 'HALTED']),
    since: time,
    reason: z.string().nullable().describe('Why it was halted, or why it goes on'),
    changedBy: z.string().nullable().describe('null: it never was anything else'),
  })
  .meta({ id: 'Sale', description: 'Whether new reservations are taken.' });

const bytesSchema = z
  .object({
    bytes: count,
    text: z.string().nullable().describe('null where they are no UTF-8, or are not shown whole'),
    base64: z.string(),
    isCut: z.boolean(),
  })
  .nullable();

const letter = z.object({
  id: z.string().describe('Its partition and offset'),
  partition: count,
  offset: count,
  state: z.enum(LETTER_STATES),
  reason: z.enum(LETTER_REASONS).describe('Why it could not be decoded or applied'),
  reservationId: z.string().nullable().describe('The request in it, as far as it could be read'),
  bytes: count,
  storedAt: time,
  publishedAt: time.nullable().describe('When it was told to the topic of dead letters'),
  redriven: z.object({ at: time, by: z.string(), partition: count.optional(), offset: count.optional() }).nullable(),
  dismissed: z.object({ at: time, by: z.string(), reason: z.string() }).nullable(),
});

export const letterPageSchema = z
  .object({ deadLetters: z.array(letter) })
  .meta({ id: 'DeadLetterPage', description: 'By partition and offset.' });

export const letterSchema = letter
  .extend({ key: bytesSchema, value: bytesSchema })
  .meta({ id: 'DeadLetter', description: 'A record of the log that was set aside, with what is in it.' });

export const redriveSchema = z
  .object({
    redriven: count,
    refused: count,
    remaining: count.describe('That still wait'),
    refusals: z.array(z.object({ id: z.string(), code: z.enum(PROBLEM_CODES as [ProblemCode, ...ProblemCode[]]), detail: z.string() })),
    next: z.string().nullable().describe('`cursor` of the next step; null: the pass is over'),
  })
  .meta({ id: 'Redrive', description: 'A step of a pass over the letters that wait.' });

export const recountSchema = z
  .object({
    askedBy: z.string(),
    startedAt: time,
    tookMs: count,
    outcome: z.enum(['CLEAN', 'FAULTY', 'FAILED']).describe('FAILED: it could not be made, and says nothing about the sale'),
    report: z.looseObject({}).describe('`totals` and `faults` by name, `partitions`, `faultySkus`, `lostRequests`; of FAILED its `error`'),
  })
  .meta({ id: 'Recount', description: 'Ledger, rows and counters recounted in SQL.' });

export const auditSchema = z
  .object({ isRunning: z.boolean(), last: recountSchema.nullable() })
  .meta({ id: 'Audit', description: 'The last recount that was asked for.' });

export const auditRunningSchema = z.object({ isRunning: z.literal(true) }).meta({ id: 'AuditRunning' });

export const statusSchema = z
  .object({
    asOf: time,
    backlog: count.nullable().describe('Records that are not decided yet'),
    decisionsPerSecond: z.number().nullable(),
    sale: saleSchema.nullable(),
    takesReservations: z.boolean().describe('What the process that answers goes by'),
    deadLetters: z.object({ waiting: count, oldestStoredAt: time.nullable() }).nullable(),
    breakers: z.record(z.string(), z.enum(['open', 'closed'])).describe('Of the process that answers'),
    unanswered: z.array(z.string()).describe('What could not be asked just now: its figures are null'),
    partitions: z.array(
      z.object({
        partition: count,
        logEnd: count.nullable(),
        position: count.nullable(),
        lag: count.nullable(),
        appliedThrough: time.nullable(),
        decisionsPerSecond: z.number().nullable(),
        owner: z.object({ member: z.string(), host: z.string() }).nullable(),
      }),
    ),
  })
  .meta({ id: 'Status', description: 'How the whole service does; null: not known at the moment.' });
