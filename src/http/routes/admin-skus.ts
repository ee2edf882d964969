import type { Express, Request } from 'express';
import type { SkuChange } from '../../domain/command.js';
import { isSkuId, type SkuId } from '../../domain/ids.js';
import type { Refusal } from '../../domain/refusal.js';
import type { Stock } from '../../domain/stock.js';
import { type Identity, operatorOf } from '../authenticate.js';
import { dependency } from '../dependency.js';
import { methodNotAllowed, openToScope } from '../endpoint.js';
import { ifMatchOf } from '../headers.js';
import { Problem } from '../problem.js';
import { readBody } from '../read-body.js';
import type { Answer } from '../respond.js';
import { skuBody } from '../schemas.js';
import type { AppDependencies, Credentials } from '../services.js';
import { answerOperator, existingSku, sendSku, skuProblem } from '../sku-answers.js';
import { whileClientStays } from '../wait.js';

type Dependencies = Credentials & Pick<AppDependencies, 'readSku' | 'configureSku'>;

/** A change that can be put into the log: the writer decides whether it applies. */
interface Change {
  readonly skuId: SkuId;
  readonly ifMatch: number | null;
  readonly total: number | null;
  readonly change: SkuChange;
}

/** GET and PUT /v1/admin/skus/{skuId}. */
export function adminSkuRoutes(app: Express, deps: Dependencies): void {
  app
    .route('/v1/admin/skus/:skuId')
    .get(openToScope(deps, 'admin', (req, res) => show(deps, req, res)))
    .put(openToScope(deps, 'admin', (req, res, identity) => configure(deps, req, res, identity)))
    .all(methodNotAllowed('GET, HEAD, PUT'));
}

async function show(deps: Dependencies, req: Request, res: Answer): Promise<Problem | undefined> {
  const { skuId } = req.params;
  if (!isSkuId(skuId)) return new Problem('INVALID_SKU');
  const sku = await existingSku(deps, skuId);
  if (sku === null) return new Problem('UNKNOWN_SKU');
  sendSku(res, 200, sku);
  return undefined;
}

async function configure(deps: Dependencies, req: Request, res: Answer, identity: Identity): Promise<Problem | undefined> {
  const change = await readChange(deps, req);
  if (change instanceof Problem) return change;
  const request = { principal: operatorOf(identity), ...change, correlationId: res.locals.requestId };
  const answer = await whileClientStays(res, (signal) => dependency('configuration', deps.configureSku(request, signal)));
  const created = change.ifMatch === null;
  return answerOperator(res, change.skuId, answer, { status: created ? 201 : 200, refusal: (reason) => refusal(reason, change) });
}

async function readChange(deps: Dependencies, req: Request): Promise<Change | Problem> {
  const { skuId } = req.params;
  if (!isSkuId(skuId)) return new Problem('INVALID_SKU');
  const ifMatch = ifMatchOf(req);
  if (ifMatch instanceof Problem) return ifMatch;
  const body = await readBody(req, skuBody);
  if (body instanceof Problem) return body;
  const { total = null, ...settings } = body;
  if (ifMatch !== null && total !== null) return new Problem('USE_ADJUSTMENTS');
  // A creation goes to the writer unasked: sent twice it is the same command and gets the same answer, even where the SKU exists by now.
  const current = total === null ? await existingSku(deps, skuId) : null;
  if (ifMatch === null && total === null)
    return current === null ? new Problem('INVALID_BODY', 'total is missing: a new SKU needs it.') : new Problem('PRECONDITION_REQUIRED');
  const change = present(settings);
  return windowProblem(change, current) ?? { skuId, ifMatch, total, change };
}

/** Without the settings that the body leaves out: a property that is undefined would overwrite the SKU's value. */
function present(settings: { readonly [Setting in keyof SkuChange]?: SkuChange[Setting] | undefined }): SkuChange {
  return Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined));
}

/** A sale that closes before it opens is a slip of the pen. Judged with the bound that stays as it is, where only one is named. */
function windowProblem(change: SkuChange, current: Stock | null): Problem | null {
  const { opensAt = null, closesAt = null } = { ...current?.settings, ...change };
  if (change.opensAt === undefined && change.closesAt === undefined) return null;
  if (opensAt === null || closesAt === null || opensAt < closesAt) return null;
  return new Problem('INVALID_WINDOW');
}

function refusal(reason: Refusal, { total }: Change): Problem {
  return reason === 'VERSION_CONFLICT' && total !== null ? new Problem('USE_ADJUSTMENTS') : skuProblem(reason);
}
