import type { Express, Request } from 'express';
import { IS_FINAL } from '../../domain/reservation.js';
import type { ReservationView } from '../../ports/hints.js';
import { authenticate, type Identity } from '../authenticate.js';
import { methodNotAllowed, openToScope } from '../endpoint.js';
import { eventStreamHead } from '../event-streams.js';
import { lastEventIdOf } from '../headers.js';
import { ownReservation } from '../own-reservation.js';
import { Problem } from '../problem.js';
import { reservationJson } from '../reservation-json.js';
import type { Answer } from '../respond.js';
import type { AppDependencies, Credentials } from '../services.js';

type Dependencies = Credentials & Pick<AppDependencies, 'readReservation' | 'followReservation' | 'streams' | 'clock'>;

const FULL_RETRY_MS = 5_000;
const NO_ROOM = { full: 'TOO_MANY_STREAMS', 'buyer-full': 'TOO_MANY_STREAMS_OF_BUYER' } as const;
/** Before the first event: older than any version. */
const NOTHING_SEEN = -1;

/** GET /v1/reservations/{reservationId}/events: its state now and at every change, as Server-Sent Events. */
export function reservationEventsRoute(app: Express, deps: Dependencies): void {
  app
    .route('/v1/reservations/:reservationId/events')
    .get(openToScope(deps, 'reserve', (req, res, identity) => stream(deps, req, res, identity)))
    .all(methodNotAllowed('GET, HEAD'));
}

async function stream(deps: Dependencies, req: Request, res: Answer, identity: Identity): Promise<Problem | undefined> {
  const lastSeen = lastEventIdOf(req);
  if (lastSeen instanceof Problem) return lastSeen;
  const reservation = await ownReservation(deps, req, identity);
  if (reservation instanceof Problem) return reservation;
  // The one answer after which an EventSource does not come back.
  if (IS_FINAL[reservation.status] && lastSeen !== null && lastSeen >= reservation.version) return nothingMore(res);
  if (req.method === 'HEAD') return headOnly(res);
  const events = deps.streams.open(res, reservation);
  if (typeof events === 'string') return new Problem(NO_ROOM[events], undefined, { retryAfterMs: FULL_RETRY_MS });
  res.locals.answeredAt = deps.clock.monotonic();

  let seen = lastSeen ?? NOTHING_SEEN;
  const tell = (view: ReservationView): void => {
    if (view.version > seen) {
      seen = view.version;
      events.send(view.version, reservationJson(view));
    }
    // Also for one who says that they have seen more than there is.
    if (IS_FINAL[view.status]) events.end('final');
  };
  tell(reservation);
  // A stream outlives keys and tokens: who they are is asked again before anything more is told. One after another, in the order of the news.
  let told: Promise<void> = Promise.resolve();
  const tellIfAllowed = (view: ReservationView): void => {
    if (view.version > seen || IS_FINAL[view.status])
      told = told.then(async () => ((await mayStillRead(deps, req)) ? tell(view) : events.end('revoked')));
  };
  if (!IS_FINAL[reservation.status]) events.onOver(deps.followReservation(reservation.reservationId, tellIfAllowed));
  return undefined;
}

/** Not where it cannot be told either: the client comes back, and is answered 503 then. */
async function mayStillRead(deps: Credentials, req: Request): Promise<boolean> {
  const identity = await authenticate(deps, req, 'reserve').catch(() => null);
  return identity !== null && !(identity instanceof Problem);
}

function nothingMore(res: Answer): undefined {
  res.setHeader('Cache-Control', 'no-store');
  res.statusCode = 204;
  res.end();
}

function headOnly(res: Answer): undefined {
  eventStreamHead(res);
  res.end();
}
