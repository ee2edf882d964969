import { z } from 'zod';
import { SKU_ID_PATTERN, type SkuId } from '../domain/ids.js';
import type { Refusal } from '../domain/refusal.js';
import { available, type Stock } from '../domain/stock.js';
import { dependency } from './dependency.js';
import { etagOf } from './headers.js';
import { Problem } from './problem.js';
import { type Answer, sendJson } from './respond.js';
import type { AppDependencies, OperatorAnswer } from './services.js';

const skuId = z.string().regex(SKU_ID_PATTERN);
const units = z.int().min(0);
const timeOrNull = z.iso.datetime({ precision: 3 }).nullable();

/** What `skuJson` makes. */
export const skuSchema = z
  .object({
    skuId,
    name: z.string(),
    state: z.enum(['OPEN', 'PAUSED']),
    perUserLimit: units.describe('Units that one buyer may hold and buy, over all reservations'),
    maxQuantity: units.describe('Units that one reservation may ask for'),
    holdSeconds: units.describe('How long units are held for a payment'),
    maxExtendSeconds: units.describe('How much longer `extend` may hold them'),
    opensAt: timeOrNull,
    closesAt: timeOrNull,
    total: units,
    reserved: units.describe('Held and not paid'),
    confirmed: units.describe('Sold'),
    available: units.describe('total - reserved - confirmed'),
    sequence: units.describe('Number of the last decision about the SKU'),
    version: units.describe('Sequence of its last configuration: the ETag'),
  })
  .meta({ id: 'Sku', description: 'A SKU as its operators see it.' });

export const pendingSkuSchema = z
  .object({ skuId, status: z.literal('PENDING') })
  .meta({ id: 'PendingSku', description: 'The change is in the log and not decided yet.' });

/** The SKU, null also for the stub that stands for refusals of one that nobody created. */
export async function existingSku({ readSku }: Pick<AppDependencies, 'readSku'>, skuId: SkuId): Promise<Stock | null> {
  const sku = await dependency('SKUs', readSku(skuId));
  return sku === null || sku.settings.state === 'UNKNOWN' ? null : sku;
}

export interface AppliedAs {
  readonly status: 200 | 201;
  readonly refusal: (reason: Refusal) => Problem;
}

export const CHANGED: AppliedAs = { status: 200, refusal: skuProblem };

/** To an operator who has sent a command about a SKU. */
export function answerOperator(res: Answer, skuId: SkuId, answer: OperatorAnswer, { status, refusal }: AppliedAs): Problem | undefined {
  switch (answer.kind) {
    case 'applied':
      if (!answer.replayed) return sendSku(res, status, answer.sku);
      // As it is now, which may be another's doing since: so it is nothing that was created just now.
      res.setHeader('Idempotent-Replayed', 'true');
      return sendSku(res, 200, answer.sku);
    case 'refused':
      return refusal(answer.reason);
    case 'pending':
      res.setHeader('Location', `/v1/admin/skus/${skuId}`);
      res.setHeader('Retry-After', '1');
      sendJson(res, 202, { skuId, status: 'PENDING' });
      return undefined;
    case 'unavailable':
      return new Problem('LOG_UNAVAILABLE', undefined, { retryAfterMs: answer.retryAfterMs });
    default:
      return unreachable(answer);
  }
}

/** What the writer does not find is the SKU itself. */
export function skuProblem(reason: Refusal): Problem {
  return new Problem(reason === 'NOT_FOUND' ? 'UNKNOWN_SKU' : reason);
}

export function sendSku(res: Answer, status: number, sku: Stock): undefined {
  res.setHeader('ETag', etagOf(sku.version));
  res.setHeader('Cache-Control', 'private, no-cache');
  sendJson(res, status, skuJson(sku));
}

export function skuJson(sku: Stock) {
  const { opensAt, closesAt, ...settings } = sku.settings;
  return {
    skuId: sku.skuId,
    ...settings,
    opensAt: timeOf(opensAt),
    closesAt: timeOf(closesAt),
    total: sku.total,
    reserved: sku.reserved,
    confirmed: sku.confirmed,
    available: available(sku),
    sequence: sku.sequence,
    version: sku.version,
  };
}

const timeOf = (ms: number | null): string | null => (ms === null ? null : new Date(ms).toISOString());

function unreachable(answer: never): never {
  throw new Error(`no answer for ${(answer as OperatorAnswer).kind}`);
}
