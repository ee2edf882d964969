import { UNITS_MAX } from '../domain/limits.js';
import type { SkuSettings } from '../domain/stock.js';
import { type Wrong, wrong } from './fault.js';
import type { AdjustLine, ConfigureLine } from './line.js';
import { isStub, type Sale } from './sale.js';

/** Replays an operator's command. */
export function replayOperation(sale: Sale, line: AdjustLine | ConfigureLine): Wrong | null {
  const known = sale.operations.has(line.commandId);
  if (known !== line.repeat)
    return wrong(`the command ${line.commandId} was ${known ? '' : 'not '}decided before`, known ? 'DUPLICATE' : 'a decision', line.answer);
  if (line.repeat) return null;
  sale.operations.add(line.commandId);
  return line.type === 'adjust' ? replayAdjust(sale, line) : replayConfigure(sale, line);
}

/** What was given out is never taken back. */
function replayAdjust(sale: Sale, { delta, answer }: AdjustLine): Wrong | null {
  const total = sale.total + delta;
  const committed = sale.reserved + sale.confirmed;
  const expected = isStub(sale) ? 'NOT_FOUND' : total < committed ? 'BELOW_COMMITTED' : total > UNITS_MAX ? 'TOTAL_TOO_LARGE' : 'ADJUSTED';
  if (expected !== answer)
    return wrong(`an adjust by ${delta} of a total of ${sale.total}, ${committed} of it given out`, expected, answer);
  if (answer === 'ADJUSTED') sale.total = total;
  return null;
}

function replayConfigure(sale: Sale, line: ConfigureLine): Wrong | null {
  const expected = configureAnswer(sale, line);
  if (expected !== line.answer)
    return wrong(`a configure of a SKU that ${isStub(sale) ? 'does not exist' : `is at version ${sale.version}`}`, expected, line.answer);
  if (line.refused) return null;
  if (line.total !== null) {
    if (line.total < 0 || line.total > UNITS_MAX) return wrong('the total of a new SKU', `0 to ${UNITS_MAX}`, line.total);
    sale.total = line.total;
  }
  // Complete, where it is applied: the reader of the line has seen to that.
  sale.settings = line.settings as SkuSettings;
  sale.version = sale.sequence;
  return null;
}

function configureAnswer(sale: Sale, { ifMatch, total, settings }: ConfigureLine): string {
  if (isStub(sale) && (ifMatch !== null || total === null)) return 'NOT_FOUND';
  if (!isStub(sale) && (total !== null || (ifMatch !== '*' && ifMatch !== sale.version))) return 'VERSION_CONFLICT';
  const opensAt = settings.opensAt === undefined ? sale.settings.opensAt : settings.opensAt;
  const closesAt = settings.closesAt === undefined ? sale.settings.closesAt : settings.closesAt;
  return opensAt !== null && closesAt !== null && opensAt >= closesAt ? 'INVALID_WINDOW' : 'CONFIGURED';
}
