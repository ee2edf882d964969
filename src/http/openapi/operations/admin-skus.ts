import { decisionPageSchema } from '../../routes/admin-decisions.js';
import { adjustBody, decisionsQuery, emptyBody, skuBody } from '../../schemas.js';
import { pendingSkuSchema, skuSchema } from '../../sku-answers.js';
import { EXAMPLES } from '../examples.js';
import type { Operation, SuccessAnswer } from '../operation.js';

const of = { tag: 'Operators', scope: 'admin' } as const;
const PATH = '/v1/admin/skus/:skuId';

const CURRENT: SuccessAnswer = {
  description: 'The SKU as it is.',
  schema: skuSchema,
  example: EXAMPLES.sku,
  headers: ['ETag', 'Cache-Control'],
};
const CHANGED: SuccessAnswer = { ...CURRENT, description: 'The SKU after the decision.', mayHave: ['Idempotent-Replayed'] };
const PENDING: SuccessAnswer = {
  description: 'Taken and not decided yet.',
  schema: pendingSkuSchema,
  example: { skuId: 'sneaker-42', status: 'PENDING' },
  headers: ['Location', 'Retry-After'],
};

const turn = (id: 'pause' | 'resume', summary: string): Operation => ({
  ...of,
  method: 'post',
  path: `${PATH}/${id}`,
  id: `${id}Sku`,
  summary,
  body: { schema: emptyBody, isOptional: true, example: {} },
  answers: { 200: CHANGED, 202: PENDING },
  problems: ['INVALID_SKU', 'UNKNOWN_SKU', 'LOG_UNAVAILABLE'],
});

export const ADMIN_SKU_OPERATIONS: readonly Operation[] = [
  {
    ...of,
    method: 'get',
    path: PATH,
    id: 'getSku',
    summary: 'A SKU as its operators see it',
    answers: { 200: CURRENT },
    problems: ['INVALID_SKU', 'UNKNOWN_SKU'],
  },
  {
    ...of,
    method: 'put',
    path: PATH,
    id: 'putSku',
    summary: 'Create a SKU, or change its settings',
    description:
      'With `total` and without If-Match it is created; with If-Match and without `total` it is changed. A setting left out keeps its value, or takes its default. The very same request again is the same command, applied once: 200 with `Idempotent-Replayed: true` and the SKU as it is now, also where somebody has changed it since.',
    headers: ['If-Match'],
    body: {
      schema: skuBody,
      example: { name: 'Sneaker', total: 500, perUserLimit: 2, maxQuantity: 2, holdSeconds: 600, opensAt: '2030-01-31T18:00:00Z' },
    },
    answers: { 200: CHANGED, 201: { ...CHANGED, description: 'Created.' }, 202: PENDING },
    problems: [
      'INVALID_SKU',
      'UNKNOWN_SKU',
      'USE_ADJUSTMENTS',
      'PRECONDITION_REQUIRED',
      'VERSION_CONFLICT',
      'INVALID_WINDOW',
      'LOG_UNAVAILABLE',
    ],
  },
  {
    ...of,
    method: 'post',
    path: `${PATH}/adjustments`,
    id: 'adjustSku',
    summary: 'More or fewer units',
    headers: ['Idempotency-Key'],
    body: { schema: adjustBody, example: { delta: -10, reason: 'damaged in the warehouse' } },
    answers: { 200: CHANGED, 202: PENDING },
    problems: ['INVALID_SKU', 'UNKNOWN_SKU', 'KEY_REUSED', 'BELOW_COMMITTED', 'TOTAL_TOO_LARGE', 'LOG_UNAVAILABLE'],
  },
  turn('pause', 'Pause the sale of a SKU'),
  turn('resume', 'Go on with the sale of a SKU'),
  {
    ...of,
    method: 'get',
    path: `${PATH}/decisions`,
    id: 'listDecisions',
    summary: 'The ledger of a SKU, by sequence',
    query: decisionsQuery,
    answers: {
      200: {
        description: 'A page of decisions.',
        schema: decisionPageSchema,
        example: {
          skuId: 'sneaker-42',
          decisions: [
            {
              sequence: 7,
              type: 'flashsale.reservation.cancelled.v1',
              decidedAt: '2030-01-31T18:00:00.012Z',
              data: {
                skuId: 'sneaker-42',
                sequence: 7,
                reservationId: EXAMPLES.queued.reservationId,
                issuer: 'storefront:shop',
                userId: 'alice',
              },
            },
          ],
        },
        headers: ['Cache-Control'],
        mayHave: ['Link'],
      },
    },
    problems: ['INVALID_SKU', 'UNKNOWN_SKU'],
  },
];
