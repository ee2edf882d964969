import type { Express } from 'express';
import type { SaleState } from '../../ports/operations.js';
import { actorOf } from '../actor.js';
import { dependency } from '../dependency.js';
import { methodNotAllowed, openToScope } from '../endpoint.js';
import { optionalReasonBody, reasonBody } from '../operation-schemas.js';
import type { Operations } from '../operations.js';
import { Problem } from '../problem.js';
import { readBody, readOptionalBody } from '../read-body.js';
import { type Answer, sendJson } from '../respond.js';
import type { Credentials } from '../services.js';

type Dependencies = Credentials & { readonly operations: Pick<Operations, 'readSale' | 'haltSale' | 'resumeSale'> };

/** GET /v1/admin/sale, POST .../halt and .../resume. */
export function adminSaleRoutes(app: Express, deps: Dependencies): void {
  const { readSale, haltSale, resumeSale } = deps.operations;
  app
    .route('/v1/admin/sale')
    .get(openToScope(deps, 'admin', async (_req, res) => showSale(res, await dependency('sale', readSale()))))
    .all(methodNotAllowed('GET, HEAD'));
  app
    .route('/v1/admin/sale/halt')
    .post(
      openToScope(deps, 'admin', async (req, res, identity) => {
        const body = await readBody(req, reasonBody);
        if (body instanceof Problem) return body;
        return showSale(res, await dependency('sale', haltSale(actorOf(identity), body.reason)));
      }),
    )
    .all(methodNotAllowed('POST'));
  app
    .route('/v1/admin/sale/resume')
    .post(
      openToScope(deps, 'admin', async (req, res, identity) => {
        const body = await readOptionalBody(req, optionalReasonBody);
        if (body instanceof Problem) return body;
        return showSale(res, await dependency('sale', resumeSale(actorOf(identity), body.reason ?? null)));
      }),
    )
    .all(methodNotAllowed('POST'));
}

function showSale(res: Answer, { since, ...sale }: SaleState): undefined {
  res.setHeader('Cache-Control', 'no-store');
  sendJson(res, 200, { ...sale, since: new Date(since).toISOString() });
}
