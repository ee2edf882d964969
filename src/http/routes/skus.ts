import type { Express, Request } from 'express';
import { z } from 'zod';
import { isSkuId } from '../../domain/ids.js';
import type { StockHint } from '../../ports/hints.js';
import { dependency } from '../dependency.js';
import { methodNotAllowed, openTo } from '../endpoint.js';
import { isFresh } from '../headers.js';
import { Problem } from '../problem.js';
import { type Answer, sendJson, sendNotModified } from '../respond.js';
import type { AppDependencies } from '../services.js';

type Dependencies = Pick<AppDependencies, 'availability' | 'isHalted' | 'clock'>;

const SALE_STATUSES = ['HALTED', 'NOT_OPEN', 'CLOSED', 'PAUSED', 'SOLD_OUT', 'OPEN'] as const;
type SaleStatus = (typeof SALE_STATUSES)[number];

export const availabilitySchema = z
  .object({
    available: z.int().describe('Units left, as last announced'),
    total: z.int().min(0),
    status: z.enum(SALE_STATUSES).describe('What a request would meet now; HALTED: no SKU is sold'),
    asOf: z.iso.datetime({ precision: 3 }),
  })
  .meta({ id: 'Availability', description: 'A hint: the reservation decides.' });

/** GET /v1/skus/{skuId}/availability: public, so that a shared cache can answer for all buyers once a second. */
export function skuRoutes(app: Express, deps: Dependencies): void {
  app
    .route('/v1/skus/:skuId/availability')
    .get(openTo((req, res) => showAvailability(deps, req, res)))
    .all(methodNotAllowed('GET, HEAD'));
}

async function showAvailability({ availability, isHalted, clock }: Dependencies, req: Request, res: Answer): Promise<Problem | undefined> {
  const { skuId } = req.params;
  if (!isSkuId(skuId)) return new Problem('INVALID_SKU');
  const stock = await dependency('availability', availability(skuId));
  if (stock === null || stock.state === 'UNKNOWN') return new Problem('UNKNOWN_SKU');
  const status = isHalted() ? 'HALTED' : saleStatus(stock, clock.now());
  // Weak: `asOf` may differ between two answers that say the same.
  const etag = `W/"${stock.sequence}-${status}"`;
  res.setHeader('ETag', etag);
  res.setHeader('Cache-Control', 'public, s-maxage=1');
  if (isFresh(req, etag)) sendNotModified(res);
  else sendJson(res, 200, { available: stock.available, total: stock.total, status, asOf: new Date(stock.asOf).toISOString() });
  return undefined;
}

/** What a request would meet now, in the order in which the rules are tried. By this process's clock, so a hint. */
function saleStatus({ opensAt, closesAt, state, available }: StockHint, now: number): SaleStatus {
  if (opensAt !== null && now < opensAt) return 'NOT_OPEN';
  if (closesAt !== null && now >= closesAt) return 'CLOSED';
  if (state === 'PAUSED') return 'PAUSED';
  return available > 0 ? 'OPEN' : 'SOLD_OUT';
}
