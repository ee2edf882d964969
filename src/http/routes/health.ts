import type { Express } from 'express';
import { z } from 'zod';
import { methodNotAllowed, openTo } from '../endpoint.js';
import { Problem } from '../problem.js';
import { healthChecksSchema } from '../problem-schema.js';
import { type Answer, sendJson } from '../respond.js';
import type { AppDependencies, DependencyHealth } from '../services.js';

type Dependencies = Pick<AppDependencies, 'readiness' | 'isDraining' | 'log'>;

export const liveSchema = z.object({ status: z.literal('live') }).meta({ id: 'Live' });
export const readySchema = z.object({ status: z.literal('ready'), checks: healthChecksSchema }).meta({ id: 'Ready' });

/** GET /livez: the process alone. GET /readyz: should it get traffic? Fails first when the process is asked to leave. */
export function healthRoutes(app: Express, deps: Dependencies): void {
  app.route('/livez').get(openTo(live)).all(methodNotAllowed('GET, HEAD'));
  app
    .route('/readyz')
    .get(openTo((_req, res) => ready(deps, res)))
    .all(methodNotAllowed('GET, HEAD'));
}

async function live(_req: unknown, res: Answer): Promise<undefined> {
  res.setHeader('Cache-Control', 'no-store');
  sendJson(res, 200, { status: 'live' });
}

async function ready({ readiness, isDraining, log }: Dependencies, res: Answer): Promise<Problem | undefined> {
  if (isDraining()) return new Problem('NOT_READY', 'The process is draining.');
  const checks = (await readiness().catch((error: unknown) => unknownHealth(log, error))).map(withoutAddresses);
  if (checks.some(({ ok }) => !ok)) return new Problem('NOT_READY', 'A dependency is not available.', { members: { checks } });
  res.setHeader('Cache-Control', 'no-store');
  sendJson(res, 200, { status: 'ready', checks });
  return undefined;
}

function unknownHealth(log: Dependencies['log'], error: unknown): DependencyHealth[] {
  log.error({ err: error }, 'the readiness checks failed');
  return [{ name: 'checks', ok: false }];
}

/** Plain words and figures. What drivers put into their messages has a dot, a colon or a slash: addresses, URLs, paths. */
const SAFE_DETAIL = /^[\w ,;()%'-]{1,200}$/;

function withoutAddresses({ name, ok, detail }: DependencyHealth): DependencyHealth {
  if (detail === undefined) return { name, ok };
  return { name, ok, detail: SAFE_DETAIL.test(detail) ? detail : 'see the log' };
}
