import type { Command } from '../domain/command.js';
import type { Submit } from '../ports/decisions.js';
import type { Appended } from '../ports/log.js';
import type { DecisionWatch } from './watch.js';

/** Told to whoever's command the log did not acknowledge: brokers elect a new leader within this, usually. */
const RETRY_AFTER_MS = 1_000;

export interface SubmitDependencies {
  /** @throws when it is not certain that the command is in the log */
  readonly publish: (command: Command) => Promise<Appended>;
  readonly watch: DecisionWatch;
}

/** Publishes a command and waits for the ledger entry that covers it: the answer is the decision, on any process, with or without Redis. */
export function createSubmit({ publish, watch }: SubmitDependencies): Submit {
  return async (command, waitMs, signal) => {
    let appended: Appended;
    try {
      appended = await publish(command);
    } catch {
      // Ambiguous: never "refused".
      return { kind: 'unavailable', retryAfterMs: RETRY_AFTER_MS };
    }
    const decision = await watch({ skuId: command.skuId, offset: appended.offset }, waitMs, signal);
    if (decision === null) return { kind: 'pending', appended };
    return { kind: 'decided', outcome: decision.outcome, reason: decision.reason };
  };
}
