import { randomUUID } from 'node:crypto';

/** What buyers send. */
export interface Asked {
  readonly skuId: string;
  readonly userId: string;
  readonly quantity: number;
}

const DECIDE_WITHIN_MS = 10_000;

/** The service's answer to a request that it took, for those that do nothing with it: the same fields, and so the same size. */
export function queuedAnswer({ skuId, userId, quantity }: Asked, reservationId: string = randomUUID()): object {
  const now = Date.now();
  return {
    reservationId,
    skuId,
    userId,
    quantity,
    status: 'QUEUED',
    queuedAt: new Date(now).toISOString(),
    decideBy: new Date(now + DECIDE_WITHIN_MS).toISOString(),
    version: 0,
    queue: { position: 0, estimatedWaitMs: 0 },
  };
}
