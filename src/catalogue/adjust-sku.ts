import type { AdjustCommand } from '../domain/command.js';
import { commandIdFor, type Principal, type SkuId } from '../domain/ids.js';
import type { Submit } from '../ports/decisions.js';
import type { Clock } from '../ports/runtime.js';
import type { ReaderStore } from '../ports/store.js';
import { DECISION_WAIT_MS, type OperatorAnswer, operatorAnswer } from './operator-answer.js';

export interface AdjustRequest {
  readonly principal: Principal;
  readonly skuId: SkuId;
  readonly delta: number;
  readonly reason: string;
  readonly idempotencyKey: string;
  readonly correlationId: string;
}

export interface AdjustDependencies {
  readonly submit: Submit;
  readonly store: Pick<ReaderStore, 'operation' | 'sku'>;
  readonly clock: Pick<Clock, 'now'>;
}

/**
 * Changes a SKU's total by a difference, through the log. The same key is the same adjustment, for ever: a repeat is answered as the first
 * time, and with another difference or reason refused as KEY_REUSED.
 */
export function createAdjustSku({ submit, store, clock }: AdjustDependencies) {
  return async (request: AdjustRequest, signal: AbortSignal): Promise<OperatorAnswer> => {
    const { principal, skuId, delta, reason, idempotencyKey, correlationId } = request;
    const command: AdjustCommand = {
      type: 'adjust',
      commandId: commandIdFor(skuId, ['adjust', principal.issuer, principal.userId, skuId, idempotencyKey]),
      skuId,
      ...principal,
      delta,
      reason,
      correlationId,
      timestamp: clock.now(),
    };
    return operatorAnswer(store, command, await submit(command, DECISION_WAIT_MS, signal));
  };
}
