import type { Express, Request } from 'express';
import type { SkuId } from '../../domain/ids.js';
import { UNITS_MAX } from '../../domain/limits.js';
import type { Accepted, QueuePlace, ReserveRequest } from '../../ports/admission.js';
import type { ReservationView } from '../../ports/hints.js';
import { buyerOf, type Identity } from '../authenticate.js';
import { dependency } from '../dependency.js';
import { methodNotAllowed, openToScope } from '../endpoint.js';
import { etagOf, idempotencyKeyOf, isFresh, preferredWaitSeconds } from '../headers.js';
import { ownReservation } from '../own-reservation.js';
import { Problem } from '../problem.js';
import { type RateLimitFields, rateLimitFields } from '../rate-limit-fields.js';
import { readBody } from '../read-body.js';
import { queuedJson, reservationJson, reservationPath } from '../reservation-json.js';
import { type Answer, sendJson, sendNotModified } from '../respond.js';
import { OVERLOADED_RETRY_MS } from '../retry-after.js';
import { reserveBody } from '../schemas.js';
import type { AppDependencies, Credentials } from '../services.js';
import { waitFor } from '../wait.js';

type Dependencies = Credentials &
  Pick<AppDependencies, 'accept' | 'readReservation' | 'waitForDecision' | 'waits' | 'inFlight' | 'buyerRate'>;

/** POST /v1/reservations and GET /v1/reservations/{reservationId}. The list is a route of its own. */
export function reservationRoutes(app: Express, deps: Dependencies): void {
  const tellRate = rateLimitFields(deps.buyerRate);
  app
    .route('/v1/reservations')
    .post(openToScope(deps, 'reserve', (req, res, identity) => reserve(deps, req, res, identity, tellRate)))
    .all(methodNotAllowed('GET, HEAD, POST'));
  app
    .route('/v1/reservations/:reservationId')
    .get(openToScope(deps, 'reserve', (req, res, identity) => show(deps, req, res, identity)))
    .all(methodNotAllowed('GET, HEAD'));
}

async function reserve(
  deps: Dependencies,
  req: Request,
  res: Answer,
  identity: Identity,
  tellRate: RateLimitFields,
): Promise<Problem | undefined> {
  const waitSeconds = preferredWaitSeconds(req);
  if (waitSeconds instanceof Problem) return waitSeconds;
  const request = await readRequest(req, res, identity);
  if (request instanceof Problem) return request;
  // Again, though there was room when the request began: many may have sent their bodies since.
  const leave = deps.inFlight.take();
  if (leave === null) return new Problem('OVERLOADED', undefined, { retryAfterMs: OVERLOADED_RETRY_MS });
  const accepted = await take(deps, request, leave);
  tellRate(res, accepted.standing);
  switch (accepted.kind) {
    case 'queued':
      return answerQueued(deps, res, accepted.reservation, accepted.queue, waitSeconds ?? 0);
    case 'replayed':
      return answerReplayed(deps, res, accepted.reservation, waitSeconds ?? 0);
    case 'refused':
      return new Problem(accepted.reason, undefined, { retryAfterMs: accepted.retryAfterMs });
    case 'too-many':
      return new Problem('TOO_MANY_REQUESTS', undefined, { retryAfterMs: accepted.retryAfterMs });
    case 'too-long':
      return new Problem('QUEUE_TOO_LONG', undefined, { retryAfterMs: accepted.retryAfterMs });
    case 'unavailable':
      return new Problem('LOG_UNAVAILABLE', undefined, { retryAfterMs: accepted.retryAfterMs });
    case 'halted':
      return new Problem('SALE_HALTED', undefined, { retryAfterMs: accepted.retryAfterMs });
    default:
      return unreachable(accepted);
  }
}

/** Not by `.finally`: that is two promises more for every request. */
async function take({ accept }: Dependencies, request: ReserveRequest, leave: () => void): Promise<Accepted> {
  try {
    return await dependency('admission', accept(request));
  } finally {
    leave();
  }
}

async function readRequest(req: Request, res: Answer, identity: Identity): Promise<ReserveRequest | Problem> {
  const idempotencyKey = idempotencyKeyOf(req);
  if (idempotencyKey instanceof Problem) return idempotencyKey;
  const body = await readBody(req, reserveBody);
  if (body instanceof Problem) return body;
  const principal = buyerOf(identity, body.userId);
  if (principal instanceof Problem) return principal;
  if (body.quantity > UNITS_MAX) return new Problem('QUANTITY_TOO_LARGE');
  return { principal, idempotencyKey, skuId: body.skuId as SkuId, quantity: body.quantity, correlationId: res.locals.requestId };
}

async function answerQueued(
  deps: Dependencies,
  res: Answer,
  queued: ReservationView,
  queue: QueuePlace | null,
  waitSeconds: number,
): Promise<Problem | undefined> {
  const decided = waitSeconds > 0 ? await waitFor(deps, queued.reservationId, waitSeconds, res) : null;
  // What was decided may be an earlier request under the same key: without its hint nobody knew that at the door.
  if (decided !== null && decided.quantity !== queued.quantity) return new Problem('KEY_REUSED');
  if (decided !== null && decided.queuedAt !== queued.queuedAt) return showReplayed(res, decided);
  if (decided?.status === 'REJECTED') return rejection(decided);
  res.setHeader('Location', reservationPath(queued));
  if (decided === null || decided.status === 'QUEUED') {
    res.setHeader('Retry-After', '1');
    sendJson(res, 202, queuedJson(queued, queue));
  } else {
    res.setHeader('ETag', etagOf(decided.version));
    sendJson(res, 201, reservationJson(decided));
  }
  return undefined;
}

async function answerReplayed(deps: Dependencies, res: Answer, known: ReservationView, waitSeconds: number): Promise<undefined> {
  const isWaiting = known.status === 'QUEUED' && waitSeconds > 0;
  showReplayed(res, (isWaiting && (await waitFor(deps, known.reservationId, waitSeconds, res))) || known);
}

function showReplayed(res: Answer, current: ReservationView): undefined {
  res.setHeader('Idempotent-Replayed', 'true');
  res.setHeader('Location', reservationPath(current));
  res.setHeader('ETag', etagOf(current.version));
  if (current.status === 'QUEUED') res.setHeader('Retry-After', '1');
  sendJson(res, 200, reservationJson(current));
}

function rejection({ reservationId, reason }: ReservationView): Problem {
  if (reason === null) throw new Error(`reservation ${reservationId} is REJECTED without a reason`);
  return new Problem(reason, undefined, { rejected: reservationId });
}

async function show(deps: Dependencies, req: Request, res: Answer, identity: Identity): Promise<Problem | undefined> {
  const wait = preferredWaitSeconds(req);
  if (wait instanceof Problem) return wait;
  const reservation = await ownReservation(deps, req, identity);
  if (reservation instanceof Problem) return reservation;
  const waitSeconds = wait ?? 0;
  const isWaiting = reservation.status === 'QUEUED' && waitSeconds > 0;
  const current = (isWaiting && (await waitFor(deps, reservation.reservationId, waitSeconds, res))) || reservation;
  const etag = etagOf(current.version);
  res.setHeader('ETag', etag);
  res.setHeader('Cache-Control', 'private, no-cache');
  if (current.status === 'QUEUED') res.setHeader('Retry-After', '1');
  if (isFresh(req, etag)) sendNotModified(res);
  else sendJson(res, 200, reservationJson(current));
  return undefined;
}

function unreachable(accepted: never): never {
  throw new Error(`no answer for ${(accepted as Accepted).kind}`);
}
