import express, { type ErrorRequestHandler, type Express, type RequestHandler } from 'express';
import { DependencyFailed } from './dependency.js';
import { headerProblem, requestIdOf } from './headers.js';
import { Problem } from './problem.js';
import { requestLog, throttle } from './request-log.js';
import { type Answer, type RequestNotes, sendProblem } from './respond.js';
import { adminDecisionRoutes } from './routes/admin-decisions.js';
import { adminSkuRoutes } from './routes/admin-skus.js';
import { adminStockRoutes } from './routes/admin-stock.js';
import { healthRoutes } from './routes/health.js';
import { holdRoutes } from './routes/holds.js';
import { openApiRoutes } from './routes/openapi.js';
import { operationRoutes } from './routes/operations.js';
import { problemRoutes } from './routes/problems.js';
import { reservationEventsRoute } from './routes/reservation-events.js';
import { reservationListRoute } from './routes/reservation-list.js';
import { reservationRoutes } from './routes/reservations.js';
import { skuRoutes } from './routes/skus.js';
import { SECURITY_HEADERS } from './security-headers.js';
import type { AppDependencies } from './services.js';

/**
 * The API as an Express application without a socket. Every answer that is not success is a problem (RFC 9457); nothing of a fault but its
 * requestId reaches the client.
 */
export function createApp(deps: AppDependencies): Express {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.set('query parser', false);
  app.set('trust proxy', deps.trustProxy);
  app.enable('case sensitive routing');
  app.enable('strict routing');
  app.use(begin(deps));
  reservationListRoute(app, deps);
  reservationRoutes(app, deps);
  reservationEventsRoute(app, deps);
  holdRoutes(app, deps);
  skuRoutes(app, deps);
  adminSkuRoutes(app, deps);
  adminStockRoutes(app, deps);
  adminDecisionRoutes(app, deps);
  operationRoutes(app, deps);
  healthRoutes(app, deps);
  problemRoutes(app);
  openApiRoutes(app);
  app.use(nothingHere);
  app.use(failed(deps));
  return app;
}

/** Notes what every later step needs, and turns away what is ambiguous before anybody interprets it. */
function begin(deps: AppDependencies): RequestHandler {
  const { clock, random, problemBase, isDraining } = deps;
  const onClose = requestLog(deps);
  return (req, res, next) => {
    const requestId = requestIdOf(req) ?? random.uuid();
    const notes: RequestNotes = { requestId, path: req.path, problemBase, startedAt: clock.monotonic(), random };
    res.locals = notes;
    res.on('close', onClose);
    for (const [name, value] of SECURITY_HEADERS) res.setHeader(name, value);
    res.setHeader('X-Request-Id', requestId);
    if (isDraining()) res.shouldKeepAlive = false;
    const problem = headerProblem(req);
    if (problem === null) return next();
    // What one party takes for the body of this request, another may take for the next request: the connection is not used again.
    if (problem.code === 'MALFORMED_REQUEST') res.shouldKeepAlive = false;
    sendProblem(res as Answer, problem);
  };
}

const nothingHere: RequestHandler = (req, res) => {
  sendProblem(res as Answer, isDecodable(req.path) ? new Problem('NOT_FOUND') : new Problem('INVALID_PATH'));
};

function isDecodable(path: string): boolean {
  try {
    decodeURIComponent(path);
    return true;
  } catch {
    return false;
  }
}

/** Anything thrown: an outage, a path that the router could not decode, or a bug. */
function failed({ log, clock }: AppDependencies): ErrorRequestHandler {
  const admitError = throttle();
  return (error: unknown, req, res, _next) => {
    if (!isDecodable(req.path)) return sendProblem(res as Answer, new Problem('INVALID_PATH'));
    const heldBack = admitError(clock.monotonic());
    if (heldBack !== null) log.error({ err: error, requestId: res.locals.requestId, heldBack }, 'request handler failed');
    const isOutage = error instanceof DependencyFailed;
    sendProblem(
      res as Answer,
      isOutage ? new Problem('SERVICE_UNAVAILABLE', undefined, { retryAfterMs: 1_000 }) : new Problem('INTERNAL_ERROR'),
    );
  };
}
