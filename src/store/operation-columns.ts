import { type Command, isOperatorCommand } from '../domain/command.js';
import type { Decision, SkuBatch } from '../domain/decision.js';
import type { SkuSettings } from '../domain/stock.js';
import { numberArray, textArray, wordArray } from './array-literal.js';

/** What operators change of a SKU. */
interface Offer {
  readonly total: number;
  readonly settings: SkuSettings;
}

interface Operation {
  readonly ordinal: number;
  readonly decision: Decision;
  readonly before: Offer;
  readonly after: Offer;
}

/** The rows of the operators' log: one for each of their commands, refused or not; a repeat of one leaves nothing. */
export function operationColumns(batches: readonly SkuBatch[]): string[] {
  const rows: Operation[] = [];
  batches.forEach((batch, ordinal) => {
    if (batch.decisions.some(isOperation)) rows.push(...operationsOf(batch, ordinal));
  });
  return [
    numberArray(rows.map((row) => row.ordinal)),
    wordArray(rows.map((row) => row.decision.record.command.commandId)),
    wordArray(rows.map((row) => row.decision.record.command.skuId)),
    numberArray(rows.map((row) => row.decision.sequence)),
    textArray(rows.map((row) => principal(row.decision.record.command))),
    wordArray(rows.map((row) => row.decision.record.command.type)),
    wordArray(rows.map((row) => row.decision.outcome)),
    textArray(rows.map((row) => row.decision.reason)),
    textArray(rows.map((row) => asked(row.decision.record.command))),
    textArray(rows.map((row) => offerJson(row.before))),
    textArray(rows.map((row) => offerJson(row.after))),
  ];
}

const isOperation = ({ record, outcome }: Decision): boolean => isOperatorCommand(record.command) && outcome !== 'DUPLICATE';

/** In a batch with several, each finds the SKU as the one before has left it. */
function operationsOf({ before, decisions }: SkuBatch, ordinal: number): Operation[] {
  let offer: Offer = before;
  return decisions.filter(isOperation).map((decision) => {
    const found = offer;
    offer = offerAfter(found, decision);
    return { ordinal, decision, before: found, after: offer };
  });
}

function offerAfter({ total, settings }: Offer, { outcome, record: { command }, settings: set }: Decision): Offer {
  if (command.type === 'configure' && outcome === 'CONFIGURED') return { total: command.total ?? total, settings: set ?? settings };
  if (command.type === 'adjust' && outcome === 'ADJUSTED') return { total: total + command.delta, settings };
  return { total, settings };
}

/** Null before a SKU was created. */
function offerJson({ total, settings }: Offer): string | null {
  return settings.state === 'UNKNOWN' ? null : JSON.stringify({ total, ...settings });
}

const principal = ({ issuer, userId }: Command): string => `${issuer} ${userId}`;

function asked(command: Command): string {
  switch (command.type) {
    case 'configure':
      return JSON.stringify({ ifMatch: command.ifMatch, total: command.total, change: command.change });
    case 'adjust':
      return JSON.stringify({ delta: command.delta, reason: command.reason });
    default:
      return '';
  }
}
