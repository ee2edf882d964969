import {
  auditRunningSchema,
  auditSchema,
  letterPageSchema,
  letterSchema,
  recountSchema,
  redriveSchema,
  saleSchema,
  statusSchema,
} from '../../operation-answers.js';
import { lettersQuery, optionalReasonBody, reasonBody, redriveBody } from '../../operation-schemas.js';
import { emptyBody } from '../../schemas.js';
import type { Operation, SuccessAnswer } from '../operation.js';

const of = { tag: 'Operators', scope: 'admin' } as const;
const LETTERS = '/v1/admin/dead-letters';
const AT = '2030-01-31T18:00:00.000Z';

const SALE: SuccessAnswer = {
  description: 'The sale as it is now.',
  schema: saleSchema,
  example: { state: 'HALTED', since: AT, reason: 'the recount found an oversold unit', changedBy: 'ops' },
  headers: ['Cache-Control'],
};

const LETTER = {
  id: '3-1842',
  partition: 3,
  offset: 1842,
  state: 'WAITING',
  reason: 'INVALID_JSON',
  reservationId: null,
  bytes: 12,
  storedAt: AT,
  publishedAt: AT,
  redriven: null,
  dismissed: null,
};
const ONE: SuccessAnswer = {
  description: 'The letter as it is now.',
  schema: letterSchema,
  example: {
    ...LETTER,
    key: { bytes: 3, text: 'mug', base64: 'bXVn', isCut: false },
    value: { bytes: 9, text: 'no number', base64: 'bm8gbnVtYmVy', isCut: false },
  },
  headers: ['Cache-Control'],
};
const LETTER_REFUSALS = ['INVALID_ID', 'NOT_FOUND', 'ALREADY_REDRIVEN', 'DEAD_LETTER_BUSY'] as const;

const RECOUNT = {
  askedBy: 'ops',
  startedAt: AT,
  tookMs: 812,
  outcome: 'CLEAN',
  report: { skus: 10, faults: {}, accountingBreaks: 0 },
};

export const OPERATOR_OPERATIONS: readonly Operation[] = [
  {
    ...of,
    method: 'get',
    path: '/v1/admin/sale',
    id: 'getSale',
    summary: 'Whether new reservations are taken',
    answers: { 200: SALE },
    problems: [],
  },
  {
    ...of,
    method: 'post',
    path: '/v1/admin/sale/halt',
    id: 'haltSale',
    summary: 'Take no new reservations, on any process',
    description:
      'Within a second every new reservation is 503 SALE_HALTED. What was accepted is decided; confirm, cancel, extend and reads go on.',
    body: { schema: reasonBody, example: { reason: 'the recount found an oversold unit' } },
    answers: { 200: SALE },
    problems: [],
  },
  {
    ...of,
    method: 'post',
    path: '/v1/admin/sale/resume',
    id: 'resumeSale',
    summary: 'Take new reservations again',
    body: { schema: optionalReasonBody, isOptional: true, example: { reason: 'recounted, nothing wrong' } },
    answers: { 200: { ...SALE, example: { state: 'RUNNING', since: AT, reason: 'recounted, nothing wrong', changedBy: 'ops' } } },
    problems: [],
  },
  {
    ...of,
    method: 'get',
    path: LETTERS,
    id: 'listDeadLetters',
    summary: 'Records that could not be decoded or applied',
    query: lettersQuery,
    answers: {
      200: {
        description: 'A page of them.',
        schema: letterPageSchema,
        example: { deadLetters: [LETTER] },
        headers: ['Cache-Control'],
        mayHave: ['Link'],
      },
    },
    problems: [],
  },
  {
    ...of,
    method: 'post',
    path: `${LETTERS}/redrive`,
    id: 'redriveDeadLetters',
    summary: 'Put those that wait into the log again, a step at a time',
    description:
      'At most `limit` letters or five seconds a step; `next` is the `cursor` of the next one. What comes back as a new letter is not taken again by the same pass.',
    body: { schema: redriveBody, isOptional: true, example: { limit: 100 } },
    answers: {
      200: {
        description: 'What became of this step.',
        schema: redriveSchema,
        example: { redriven: 100, refused: 0, remaining: 12, refusals: [], next: null },
        headers: ['Cache-Control'],
      },
    },
    problems: [],
  },
  {
    ...of,
    method: 'get',
    path: `${LETTERS}/:id`,
    id: 'getDeadLetter',
    summary: 'A dead letter, with what is in it',
    answers: { 200: ONE },
    problems: ['INVALID_ID', 'NOT_FOUND'],
  },
  {
    ...of,
    method: 'post',
    path: `${LETTERS}/:id/redrive`,
    id: 'redriveDeadLetter',
    summary: 'Put it into the log again, once',
    body: { schema: emptyBody, isOptional: true, example: {} },
    answers: { 200: ONE },
    problems: [...LETTER_REFUSALS, 'DEAD_LETTER_TOO_LARGE', 'LOG_UNAVAILABLE'],
  },
  {
    ...of,
    method: 'post',
    path: `${LETTERS}/:id/dismiss`,
    id: 'dismissDeadLetter',
    summary: 'Take it off those that wait',
    description: 'Nothing is decided by it: a reservation that waits in the letter stays unknown, and a redrive is still possible.',
    body: { schema: reasonBody, example: { reason: 'a test record, nobody waits for it' } },
    answers: { 200: ONE },
    problems: LETTER_REFUSALS,
  },
  {
    ...of,
    method: 'get',
    path: '/v1/admin/audit',
    id: 'getAudit',
    summary: 'The last recount',
    answers: {
      200: {
        description: 'It, and whether one is under way.',
        schema: auditSchema,
        example: { isRunning: false, last: RECOUNT },
        headers: ['Cache-Control'],
      },
    },
    problems: [],
  },
  {
    ...of,
    method: 'post',
    path: '/v1/admin/audit/run',
    id: 'runAudit',
    summary: 'Recount ledger, rows and counters in SQL',
    headers: ['Prefer'],
    body: { schema: emptyBody, isOptional: true, example: {} },
    answers: {
      200: {
        description: 'What it found.',
        schema: recountSchema,
        example: RECOUNT,
        headers: ['Cache-Control'],
        mayHave: ['Preference-Applied'],
      },
      202: {
        description: 'It goes on; its result will be the last recount.',
        schema: auditRunningSchema,
        example: { isRunning: true },
        headers: ['Cache-Control', 'Location', 'Retry-After'],
        mayHave: ['Preference-Applied'],
      },
    },
    problems: ['AUDIT_RUNNING'],
  },
  {
    ...of,
    method: 'get',
    path: '/v1/admin/status',
    id: 'getStatus',
    summary: 'How the whole service does',
    description: '200 whatever is away: what could not be asked is null, and named in `unanswered`.',
    answers: {
      200: {
        description: 'As of now.',
        schema: statusSchema,
        example: {
          asOf: AT,
          backlog: 120,
          decisionsPerSecond: 4_800,
          sale: SALE.example,
          takesReservations: false,
          deadLetters: { waiting: 0, oldestStoredAt: null },
          breakers: { redis: 'closed' },
          unanswered: [],
          partitions: [
            {
              partition: 0,
              logEnd: 5_120,
              position: 5_000,
              lag: 120,
              appliedThrough: AT,
              decisionsPerSecond: 4_800,
              owner: { member: 'writer-1', host: '10.0.0.7' },
            },
          ],
        },
        headers: ['Cache-Control'],
      },
    },
    problems: [],
  },
];
