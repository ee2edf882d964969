import { SKU_ID_PATTERN } from '../../domain/ids.js';
import { kebabOf, PROBLEM_CODES } from '../problem-table.js';

/** What the named parts of paths may be. A route with a new one says here what it is. */
export const PATH_PARAMETERS: Readonly<Record<string, { description: string; schema: object; example: string }>> = {
  reservationId: {
    description: 'As `reservationId` of the answer to its request.',
    schema: { type: 'string', format: 'uuid' },
    example: '0190b7a0-0000-8000-8000-000000000000',
  },
  skuId: { description: 'The SKU.', schema: { type: 'string', pattern: SKU_ID_PATTERN.source }, example: 'sneaker-42' },
  id: {
    description: 'The partition and the offset of a dead letter.',
    schema: { type: 'string', pattern: '^(0|[1-9]\\d{0,8})-(0|[1-9]\\d{0,14})$' },
    example: '3-1842',
  },
  code: {
    description: 'The last part of the `type` of a problem.',
    schema: { type: 'string', enum: PROBLEM_CODES.map(kebabOf) },
    example: 'sold-out',
  },
};
