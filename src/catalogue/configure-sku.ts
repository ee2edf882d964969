import type { ConfigureCommand, SkuChange } from '../domain/command.js';
import { commandIdFor, type Principal, type SkuId } from '../domain/ids.js';
import type { Submit } from '../ports/decisions.js';
import type { Clock, Random } from '../ports/runtime.js';
import type { ReaderStore } from '../ports/store.js';
import { DECISION_WAIT_MS, type OperatorAnswer, operatorAnswer } from './operator-answer.js';

export interface ConfigureRequest {
  readonly principal: Principal;
  readonly skuId: SkuId;
  /** The version the operator read; `*`: whichever it is; null for a creation. */
  readonly ifMatch: number | '*' | null;
  readonly total: number | null;
  readonly change: SkuChange;
  readonly correlationId: string;
}

export interface ConfigureDependencies {
  readonly submit: Submit;
  readonly store: Pick<ReaderStore, 'operation' | 'sku'>;
  readonly clock: Pick<Clock, 'now'>;
  readonly random: Pick<Random, 'uuid'>;
}

/** Creates a SKU or changes its settings, through the log. A repeat is answered as the first time, refused or not. */
export function createConfigureSku({ submit, store, clock, random }: ConfigureDependencies) {
  return async (request: ConfigureRequest, signal: AbortSignal): Promise<OperatorAnswer> => {
    const command = configureCommand(request, clock.now(), random);
    return operatorAnswer(store, command, await submit(command, DECISION_WAIT_MS, signal));
  };
}

/**
 * The same request has the same id, so that a resend is a repeat and changes nothing. Not one that names no version: a pause after a resume
 * is not the pause before it, and twice the same does no harm.
 */
function configureCommand(request: ConfigureRequest, timestamp: number, random: Pick<Random, 'uuid'>): ConfigureCommand {
  const { principal, skuId, ifMatch, total, change, correlationId } = request;
  const body = JSON.stringify([total, Object.entries(change).sort(([a], [b]) => (a < b ? -1 : 1))]);
  const parts = ifMatch === '*' ? [random.uuid()] : [principal.issuer, principal.userId, skuId, String(ifMatch), body];
  const commandId = commandIdFor(skuId, ['configure', ...parts]);
  return { type: 'configure', commandId, skuId, ...principal, ifMatch, total, change, correlationId, timestamp };
}
