import type { ProblemKind } from './refusal-problems.js';

/** What is in the way of an operator, and what an operator has put in the way of buyers. */
export type OperationCode = 'SALE_HALTED' | 'ALREADY_REDRIVEN' | 'DEAD_LETTER_BUSY' | 'DEAD_LETTER_TOO_LARGE' | 'AUDIT_RUNNING';

export const OPERATION_PROBLEMS: Readonly<Record<OperationCode, ProblemKind>> = {
  SALE_HALTED: {
    status: 503,
    title: 'The sale is halted',
    meaning:
      'No new reservation is taken until the sale goes on. Nothing was stored: repeat it after Retry-After with the same Idempotency-Key. What was accepted before is still decided, and can be read, confirmed, cancelled and extended.',
  },
  ALREADY_REDRIVEN: {
    status: 409,
    title: 'Redriven already',
    meaning:
      'The record of this dead letter is in the log again, once and for all; the detail says since when and by whom. What became of it is told by its reservation or SKU, or by a newer dead letter.',
  },
  DEAD_LETTER_BUSY: {
    status: 409,
    title: 'In hand',
    meaning: 'Somebody else redrives or dismisses this dead letter at this moment. Look at it again, and repeat if that is still wanted.',
  },
  DEAD_LETTER_TOO_LARGE: {
    status: 409,
    title: 'Too large for the log',
    meaning: 'The brokers refuse the record of this dead letter for its length. It waits as before: raise their limit, or dismiss it.',
  },
  AUDIT_RUNNING: {
    status: 409,
    title: 'A recount is under way',
    meaning: 'One recount is made at a time in the whole service. Its result will be at `GET /v1/admin/audit`.',
  },
};
