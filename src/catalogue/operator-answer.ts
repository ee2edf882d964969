import type { OperatorCommand } from '../domain/command.js';
import type { Refusal } from '../domain/refusal.js';
import type { Stock } from '../domain/stock.js';
import type { CommandAnswer } from '../ports/decisions.js';
import type { ReaderStore } from '../ports/store.js';

/** How long an operator waits for the decision before the answer is "in the log, not decided yet". */
export const DECISION_WAIT_MS = 5_000;

export type OperatorAnswer =
  /** `replayed`: it was applied before, and nothing was changed now. */
  | { readonly kind: 'applied'; readonly replayed: boolean; readonly sku: Stock }
  | { readonly kind: 'refused'; readonly reason: Refusal }
  | Exclude<CommandAnswer, { readonly kind: 'decided' }>;

/** What to tell an operator about a command: of a repeat what was decided the first time, by the operator log. */
export async function operatorAnswer(
  store: Pick<ReaderStore, 'operation' | 'sku'>,
  command: OperatorCommand,
  answer: CommandAnswer,
): Promise<OperatorAnswer> {
  if (answer.kind !== 'decided') return answer;
  const replayed = answer.outcome === 'DUPLICATE';
  const first = replayed ? await store.operation(command.commandId) : answer;
  if (first === null) throw new Error(`the command ${command.commandId} is a repeat of one that is not in the operator log`);
  if ('asked' in first && !asksTheSame(command, first.asked)) return { kind: 'refused', reason: 'KEY_REUSED' };
  if (first.reason !== null) return { kind: 'refused', reason: first.reason };
  const sku = await store.sku(command.skuId);
  if (sku === null) throw new Error(`the SKU ${command.skuId} has a ledger entry and no row`);
  return { kind: 'applied', replayed, sku };
}

/** The id of a `configure` is made from all of it; that of an `adjust` from its Idempotency-Key. */
function asksTheSame(command: OperatorCommand, asked: string): boolean {
  if (command.type === 'configure') return true;
  const first: unknown = JSON.parse(asked);
  if (typeof first !== 'object' || first === null || !('delta' in first && 'reason' in first)) return false;
  return first.delta === command.delta && first.reason === command.reason;
}
