import type { Express, Request } from 'express';
import type { HoldAnswer, HoldChange } from '../../ports/decisions.js';
import type { ReservationView } from '../../ports/hints.js';
import type { Identity } from '../authenticate.js';
import { dependency } from '../dependency.js';
import { methodNotAllowed, openToScope } from '../endpoint.js';
import { etagOf, optionalKeyOf, preferredWaitSeconds } from '../headers.js';
import { ownReservation } from '../own-reservation.js';
import { Problem } from '../problem.js';
import { type RateLimitFields, rateLimitFields } from '../rate-limit-fields.js';
import { readBody, readOptionalBody } from '../read-body.js';
import { reservationJson, reservationPath } from '../reservation-json.js';
import { type Answer, sendJson } from '../respond.js';
import { confirmBody, emptyBody, extendBody } from '../schemas.js';
import type { AppDependencies, Credentials } from '../services.js';
import { honourWait, whileClientStays } from '../wait.js';

type Dependencies = Credentials & Pick<AppDependencies, 'readReservation' | 'changeHold' | 'waits' | 'spend' | 'buyerRate'>;

/** How long the decision is waited for where the client does not say. */
const WAIT_SECONDS = 5;

/** What each route reads from its request; all else about them is the same. */
const CHANGES: Readonly<Record<HoldChange['type'], (req: Request) => Promise<HoldChange | Problem>>> = {
  confirm: readConfirm,
  cancel: readCancel,
  extend: readExtend,
};

/** POST /v1/reservations/{reservationId}/confirm, /cancel and /extend. */
export function holdRoutes(app: Express, deps: Dependencies): void {
  const tellRate = rateLimitFields(deps.buyerRate);
  for (const [type, read] of Object.entries(CHANGES)) {
    app
      .route(`/v1/reservations/:reservationId/${type}`)
      .post(openToScope(deps, 'reserve', (req, res, identity) => change(deps, req, res, identity, { read, tellRate })))
      .all(methodNotAllowed('POST'));
  }
}

async function change(
  deps: Dependencies,
  req: Request,
  res: Answer,
  identity: Identity,
  { read, tellRate }: { readonly read: (req: Request) => Promise<HoldChange | Problem>; readonly tellRate: RateLimitFields },
): Promise<Problem | undefined> {
  const preferred = preferredWaitSeconds(req);
  if (preferred instanceof Problem) return preferred;
  const asked = await read(req);
  if (asked instanceof Problem) return asked;
  const reservation = await ownReservation(deps, req, identity);
  if (reservation instanceof Problem) return reservation;
  // A repeat too is a record in the log, and takes its turn among the others'.
  const { retryAfterMs, standing } = await deps.spend(reservation);
  tellRate(res, standing);
  if (retryAfterMs !== null) return new Problem('TOO_MANY_REQUESTS', undefined, { retryAfterMs });
  // Where as many wait as may, the command is published all the same: it is only not waited for.
  const leave = deps.waits.take();
  if (preferred !== null && leave !== null) honourWait(res, preferred);
  const waitMs = leave === null ? 0 : (preferred ?? WAIT_SECONDS) * 1000;
  const request = { reservation, change: asked, waitMs, correlationId: res.locals.requestId };
  const answer = await whileClientStays(res, (signal) => dependency('decisions', deps.changeHold(request, signal))).finally(() =>
    leave?.(),
  );
  return send(res, reservation, asked, answer);
}

function send(res: Answer, known: ReservationView, { type }: HoldChange, answer: HoldAnswer): Problem | undefined {
  switch (answer.kind) {
    case 'applied':
      if (answer.replayed) res.setHeader('Idempotent-Replayed', 'true');
      res.setHeader('ETag', etagOf(answer.reservation.version));
      res.setHeader('Cache-Control', 'private, no-cache');
      sendJson(res, 200, reservationJson(answer.reservation));
      return undefined;
    case 'refused':
      return refusal(answer);
    case 'pending':
      res.setHeader('Location', reservationPath(known));
      res.setHeader('Retry-After', '1');
      sendJson(res, 202, { ...reservationJson(known), pending: type });
      return undefined;
    case 'unavailable':
      return new Problem('LOG_UNAVAILABLE', undefined, { retryAfterMs: answer.retryAfterMs });
    default:
      return unreachable(answer);
  }
}

/** Only a request that was refused has a `reservationStatus`; what became of the others is `currentStatus`. */
function refusal({ reason, reservation }: HoldAnswer & { readonly kind: 'refused' }): Problem {
  if (reservation === null) return new Problem(reason);
  const { reservationId, status } = reservation;
  if (status === 'REJECTED') return new Problem(reason, undefined, { rejected: reservationId });
  return new Problem(reason, undefined, { members: { reservationId, currentStatus: status } });
}

async function readConfirm(req: Request): Promise<HoldChange | Problem> {
  const body = await readBody(req, confirmBody);
  return body instanceof Problem ? body : { type: 'confirm', ...body };
}

async function readCancel(req: Request): Promise<HoldChange | Problem> {
  const body = await readOptionalBody(req, emptyBody);
  return body instanceof Problem ? body : { type: 'cancel' };
}

async function readExtend(req: Request): Promise<HoldChange | Problem> {
  const idempotencyKey = optionalKeyOf(req);
  if (idempotencyKey instanceof Problem) return idempotencyKey;
  const body = await readOptionalBody(req, extendBody);
  return body instanceof Problem ? body : { type: 'extend', seconds: body.seconds ?? null, idempotencyKey };
}

function unreachable(answer: never): never {
  throw new Error(`no answer for ${(answer as HoldAnswer).kind}`);
}
