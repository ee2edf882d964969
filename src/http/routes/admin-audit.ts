import type { Express, Request } from 'express';
import type { RecountRecord } from '../../ports/operations.js';
import { actorOf } from '../actor.js';
import type { Identity } from '../authenticate.js';
import { dependency } from '../dependency.js';
import { methodNotAllowed, openToScope } from '../endpoint.js';
import { preferredWaitSeconds } from '../headers.js';
import type { Operations } from '../operations.js';
import { Problem } from '../problem.js';
import { readOptionalBody } from '../read-body.js';
import { type Answer, sendJson } from '../respond.js';
import { emptyBody } from '../schemas.js';
import type { AppDependencies, Credentials } from '../services.js';
import { honourWait, whileClientStays } from '../wait.js';

type Dependencies = Credentials & Pick<AppDependencies, 'clock'> & { readonly operations: Pick<Operations, 'lastRecount' | 'runRecount'> };

/** As the other writes of operators wait for their decision. */
const WAIT_SECONDS = 5;
const RUNNING_RETRY_MS = 5_000;

/** GET /v1/admin/audit: the last recount that was asked for. POST /v1/admin/audit/run: another one. */
export function adminAuditRoutes(app: Express, deps: Dependencies): void {
  app
    .route('/v1/admin/audit')
    .get(openToScope(deps, 'admin', (_req, res) => show(deps, res)))
    .all(methodNotAllowed('GET, HEAD'));
  app
    .route('/v1/admin/audit/run')
    .post(openToScope(deps, 'admin', (req, res, identity) => run(deps, req, res, identity)))
    .all(methodNotAllowed('POST'));
}

async function show({ operations }: Dependencies, res: Answer): Promise<undefined> {
  const { last, isRunning } = await dependency('recounts', operations.lastRecount());
  res.setHeader('Cache-Control', 'no-store');
  sendJson(res, 200, { isRunning, last: last === null ? null : recountJson(last) });
}

async function run({ operations, clock }: Dependencies, req: Request, res: Answer, identity: Identity): Promise<Problem | undefined> {
  const wait = preferredWaitSeconds(req);
  if (wait instanceof Problem) return wait;
  const body = await readOptionalBody(req, emptyBody);
  if (body instanceof Problem) return body;
  const begun = await dependency('recounts', operations.runRecount(actorOf(identity)));
  if (begun === null) return new Problem('AUDIT_RUNNING', undefined, { retryAfterMs: RUNNING_RETRY_MS });
  if (wait !== null) honourWait(res, wait);
  const result = await whileClientStays(res, (signal) => {
    const over = new AbortController();
    const patience = clock.sleep((wait ?? WAIT_SECONDS) * 1_000, AbortSignal.any([signal, over.signal])).then(() => null);
    return Promise.race([begun.result, patience]).finally(() => over.abort());
  });
  res.setHeader('Cache-Control', 'no-store');
  if (result !== null) sendJson(res, 200, recountJson(result));
  else {
    res.setHeader('Location', '/v1/admin/audit');
    res.setHeader('Retry-After', '1');
    sendJson(res, 202, { isRunning: true });
  }
  return undefined;
}

const recountJson = ({ startedAt, ...recount }: RecountRecord<object>): object => ({
  ...recount,
  startedAt: new Date(startedAt).toISOString(),
});
