import { availabilitySchema } from '../../routes/skus.js';
import type { Operation } from '../operation.js';

export const SKU_OPERATIONS: readonly Operation[] = [
  {
    method: 'get',
    path: '/v1/skus/:skuId/availability',
    id: 'getAvailability',
    tag: 'SKUs',
    summary: 'What is left of a SKU',
    description: 'Cacheable by anybody for a second.',
    scope: null,
    headers: ['If-None-Match'],
    answers: {
      200: {
        description: 'As last announced.',
        schema: availabilitySchema,
        example: { available: 497, total: 500, status: 'OPEN', asOf: '2030-01-31T18:00:00.012Z' },
        headers: ['ETag', 'Cache-Control'],
      },
      304: { description: 'What the caller has is current.', headers: ['ETag', 'Cache-Control'] },
    },
    problems: ['INVALID_SKU', 'UNKNOWN_SKU', 'SERVICE_UNAVAILABLE'],
  },
];
