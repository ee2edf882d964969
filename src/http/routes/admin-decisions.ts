import type { Express, Request } from 'express';
import { z } from 'zod';
import { isSkuId, SKU_ID_PATTERN } from '../../domain/ids.js';
import { dependency } from '../dependency.js';
import { methodNotAllowed, queryOpenToScope } from '../endpoint.js';
import { Problem } from '../problem.js';
import { nextLink } from '../query.js';
import { type Answer, sendJson } from '../respond.js';
import { decisionsQuery } from '../schemas.js';
import type { AppDependencies, Credentials } from '../services.js';

type Dependencies = Credentials & Pick<AppDependencies, 'readSku' | 'readDecisions'>;

const LIMIT = 100;

export const decisionPageSchema = z
  .object({
    skuId: z.string().regex(SKU_ID_PATTERN),
    decisions: z
      .array(
        z.object({
          sequence: z.int().min(1),
          type: z.string().describe('The type of its event'),
          decidedAt: z.iso.datetime({ precision: 3 }),
          data: z.looseObject({}).describe('The data of its event: a schema for each type is in docs/events'),
        }),
      )
      .describe('By sequence, without a gap'),
  })
  .meta({ id: 'DecisionPage', description: 'The ledger of a SKU.' });

/** GET /v1/admin/skus/{skuId}/decisions: the ledger by sequence. */
export function adminDecisionRoutes(app: Express, deps: Dependencies): void {
  app
    .route('/v1/admin/skus/:skuId/decisions')
    .get(queryOpenToScope(deps, 'admin', decisionsQuery, (req, res, _identity, query) => show(deps, req, res, query)))
    .all(methodNotAllowed('GET, HEAD'));
}

async function show(
  { readSku, readDecisions }: Dependencies,
  req: Request,
  res: Answer,
  { after = 0, limit = LIMIT }: z.infer<typeof decisionsQuery>,
): Promise<Problem | undefined> {
  const { skuId } = req.params;
  if (!isSkuId(skuId)) return new Problem('INVALID_SKU');
  const { decisions, hasMore } = await dependency('ledger', readDecisions(skuId, after, limit));
  // A SKU that nobody created has a ledger too, once somebody was refused on it.
  if (decisions.length === 0 && (await dependency('SKUs', readSku(skuId))) === null) return new Problem('UNKNOWN_SKU');
  const last = decisions.at(-1);
  if (hasMore && last !== undefined) res.setHeader('Link', nextLink(req, { after: String(last.sequence) }));
  res.setHeader('Cache-Control', 'private, no-cache');
  sendJson(res, 200, { skuId, decisions });
  return undefined;
}
