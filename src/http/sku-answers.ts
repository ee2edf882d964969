import type { SkuId } from '../domain/ids.js';
import type { Refusal } from '../domain/refusal.js';
import { available, type Stock } from '../domain/stock.js';
import { dependency } from './dependency.js';
import { etagOf } from './headers.js';
import { Problem } from './problem.js';
import { type Answer, sendJson } from './respond.js';
import type { AppDependencies, OperatorAnswer } from './services.js';

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
      if (answer.replayed) res.setHeader('Idempotent-Replayed', 'true');
      return sendSku(res, status, answer.sku);
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
  const { opensAt, closesAt, ...settings } = sku.settings;
  res.setHeader('ETag', etagOf(sku.version));
  res.setHeader('Cache-Control', 'private, no-cache');
  sendJson(res, status, {
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
  });
}

const timeOf = (ms: number | null): string | null => (ms === null ? null : new Date(ms).toISOString());

function unreachable(answer: never): never {
  throw new Error(`no answer for ${(answer as OperatorAnswer).kind}`);
}
