import type { ConfigureCommand, SkuChange } from '../domain/command.js';
import { commandIdFor, type Principal, type SkuId } from '../domain/ids.js';
import type { Refusal } from '../domain/refusal.js';
import type { Stock } from '../domain/stock.js';
import type { Appended } from '../ports/log.js';
import type { Clock } from '../ports/runtime.js';
import type { DecidedCommand, ReaderStore } from '../ports/store.js';

/** How long an operator waits for the decision before the answer is "in the log, not decided yet". */
const WAIT_MS = 5_000;
const POLL_MS = 10;
const RETRY_AFTER_MS = 1_000;

export interface ConfigureRequest {
  readonly principal: Principal;
  readonly skuId: SkuId;
  /** The version the operator read; null for a creation. */
  readonly ifMatch: number | null;
  readonly total: number | null;
  readonly change: SkuChange;
  readonly correlationId: string;
}

export type ConfigureAnswer =
  | { readonly kind: 'applied'; readonly created: boolean; readonly sku: Stock }
  | { readonly kind: 'refused'; readonly reason: Refusal }
  | { readonly kind: 'pending'; readonly appended: Appended }
  | { readonly kind: 'unavailable'; readonly retryAfterMs: number };

export interface ConfigureDependencies {
  readonly publish: (command: ConfigureCommand) => Promise<Appended>;
  readonly store: Pick<ReaderStore, 'decisionAt' | 'operation' | 'sku'>;
  readonly clock: Clock;
}

/** Publishes a `configure` and waits for the ledger entry that covers it: the answer is the decision, with or without Redis. */
export function createConfigureSku(deps: ConfigureDependencies): (request: ConfigureRequest) => Promise<ConfigureAnswer> {
  return async (request) => {
    const command = configureCommand(request, deps.clock.now());
    let appended: Appended;
    try {
      appended = await deps.publish(command);
    } catch {
      return { kind: 'unavailable', retryAfterMs: RETRY_AFTER_MS };
    }
    const latest = await decisionOf(request.skuId, appended, deps);
    // A repeat is answered as the first time, refused or not.
    const decision = latest?.outcome === 'DUPLICATE' ? await deps.store.operation(command.commandId) : latest;
    if (decision === null) return { kind: 'pending', appended };
    if (decision.reason !== null) return { kind: 'refused', reason: decision.reason };
    const sku = await deps.store.sku(request.skuId);
    if (sku === null) throw new Error(`the SKU ${request.skuId} has a ledger entry and no row`);
    return { kind: 'applied', created: request.ifMatch === null, sku };
  };
}

/** The same request has the same id, so that a resend is a repeat and changes nothing. */
function configureCommand({ principal, skuId, ifMatch, total, change, correlationId }: ConfigureRequest, now: number): ConfigureCommand {
  const body = JSON.stringify([total, Object.entries(change).sort(([a], [b]) => (a < b ? -1 : 1))]);
  const commandId = commandIdFor(skuId, ['configure', principal.issuer, principal.userId, skuId, String(ifMatch), body]);
  return { type: 'configure', commandId, skuId, ...principal, ifMatch, total, change, correlationId, timestamp: now };
}

async function decisionOf(skuId: SkuId, { offset }: Appended, { store, clock }: ConfigureDependencies): Promise<DecidedCommand | null> {
  const until = clock.monotonic() + WAIT_MS;
  for (;;) {
    const decision = await store.decisionAt(skuId, offset);
    if (decision !== null || clock.monotonic() >= until) return decision;
    await clock.sleep(POLL_MS);
  }
}
