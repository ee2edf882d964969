import type { Express, Request } from 'express';
import type { SkuChange } from '../../domain/command.js';
import { isSkuId, type SkuId } from '../../domain/ids.js';
import { type Identity, operatorOf } from '../authenticate.js';
import { dependency } from '../dependency.js';
import { methodNotAllowed, openToScope } from '../endpoint.js';
import { idempotencyKeyOf } from '../headers.js';
import { Problem } from '../problem.js';
import { readBody, readOptionalBody } from '../read-body.js';
import type { Answer } from '../respond.js';
import { adjustBody, emptyBody } from '../schemas.js';
import type { AppDependencies, Credentials } from '../services.js';
import { answerOperator, CHANGED, existingSku } from '../sku-answers.js';
import { whileClientStays } from '../wait.js';

type Dependencies = Credentials & Pick<AppDependencies, 'readSku' | 'configureSku' | 'adjustSku'>;

/** Changes that are right whatever the SKU's other settings are, so that nobody has to read its version first. */
const SWITCHES: Readonly<Record<string, SkuChange>> = {
  pause: { state: 'PAUSED' },
  resume: { state: 'OPEN' },
};

/** POST /v1/admin/skus/{skuId}/adjustments, /pause and /resume. */
export function adminStockRoutes(app: Express, deps: Dependencies): void {
  app
    .route('/v1/admin/skus/:skuId/adjustments')
    .post(openToScope(deps, 'admin', (req, res, identity) => adjust(deps, req, res, identity)))
    .all(methodNotAllowed('POST'));
  for (const [name, change] of Object.entries(SWITCHES)) {
    app
      .route(`/v1/admin/skus/:skuId/${name}`)
      .post(openToScope(deps, 'admin', (req, res, identity) => turn(deps, req, res, identity, change)))
      .all(methodNotAllowed('POST'));
  }
}

async function adjust(deps: Dependencies, req: Request, res: Answer, identity: Identity): Promise<Problem | undefined> {
  const idempotencyKey = idempotencyKeyOf(req);
  if (idempotencyKey instanceof Problem) return idempotencyKey;
  const body = await readBody(req, adjustBody);
  if (body instanceof Problem) return body;
  const skuId = await existingSkuId(deps, req);
  if (skuId instanceof Problem) return skuId;
  const request = { principal: operatorOf(identity), skuId, ...body, idempotencyKey, correlationId: res.locals.requestId };
  const answer = await whileClientStays(res, (signal) => dependency('adjustments', deps.adjustSku(request, signal)));
  return answerOperator(res, skuId, answer, CHANGED);
}

async function turn(deps: Dependencies, req: Request, res: Answer, identity: Identity, change: SkuChange): Promise<Problem | undefined> {
  const body = await readOptionalBody(req, emptyBody);
  if (body instanceof Problem) return body;
  const skuId = await existingSkuId(deps, req);
  if (skuId instanceof Problem) return skuId;
  const principal = operatorOf(identity);
  const request = { principal, skuId, ifMatch: '*', total: null, change, correlationId: res.locals.requestId } as const;
  const answer = await whileClientStays(res, (signal) => dependency('configuration', deps.configureSku(request, signal)));
  return answerOperator(res, skuId, answer, CHANGED);
}

/** Of a SKU that exists: a command for one that does not would leave a stub behind. */
async function existingSkuId(deps: Dependencies, { params: { skuId } }: Request): Promise<SkuId | Problem> {
  if (!isSkuId(skuId)) return new Problem('INVALID_SKU');
  return (await existingSku(deps, skuId)) === null ? new Problem('UNKNOWN_SKU') : skuId;
}
