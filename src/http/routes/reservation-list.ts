import type { Express, Request } from 'express';
import { z } from 'zod';
import type { SkuId, UserId } from '../../domain/ids.js';
import type { ReservationFilter } from '../../ports/store.js';
import { type Identity, listedOf } from '../authenticate.js';
import { decodeCursor, encodeCursor } from '../cursor.js';
import { dependency } from '../dependency.js';
import { queryOpenToScope } from '../endpoint.js';
import { Problem } from '../problem.js';
import { nextLink } from '../query.js';
import { reservationJson, reservationSchema } from '../reservation-json.js';
import { type Answer, sendJson } from '../respond.js';
import { listQuery } from '../schemas.js';
import type { AppDependencies, Credentials } from '../services.js';

type Dependencies = Credentials & Pick<AppDependencies, 'listReservations'>;

const LIMIT = 50;

export const reservationPageSchema = z
  .object({ reservations: z.array(reservationSchema).describe('By id') })
  .meta({ id: 'ReservationPage', description: 'One page. It may be short or empty and still lead on.' });

/** GET /v1/reservations: the caller's own, those that are decided. One that waits in the log has no row yet: its id is in its 202. */
export function reservationListRoute(app: Express, deps: Dependencies): void {
  app.get(
    '/v1/reservations',
    queryOpenToScope(deps, 'reserve', listQuery, (req, res, identity, query) => list(deps, req, res, identity, query)),
  );
}

async function list(
  { listReservations }: Dependencies,
  req: Request,
  res: Answer,
  identity: Identity,
  { skuId, userId, status, cursor, limit = LIMIT }: z.infer<typeof listQuery>,
): Promise<Problem | undefined> {
  const whose = listedOf(identity, userId as UserId | undefined);
  if (whose instanceof Problem) return whose;
  const filter: ReservationFilter = {
    ...whose,
    skuId: (skuId ?? null) as SkuId | null,
    status: status ?? null,
  };
  const after = cursor === undefined ? null : decodeCursor(cursor, filter);
  if (cursor !== undefined && after === null)
    return new Problem('INVALID_QUERY', 'cursor is not one that this list gave: begin again without it.');
  const page = await dependency('reservations', listReservations(filter, after, limit));
  if (page.next !== null) res.setHeader('Link', nextLink(req, { cursor: encodeCursor(page.next, filter) }));
  res.setHeader('Cache-Control', 'private, no-cache');
  sendJson(res, 200, { reservations: page.reservations.map(reservationJson) });
  return undefined;
}
