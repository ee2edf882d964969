import type { AdjustCommand } from '../command.js';
import { UNITS_MAX } from '../limits.js';
import type { AdjustRefusal } from '../refusal.js';
import type { Stock } from '../stock.js';

/** The total after an operator's `adjust`, or why it is refused: what was given out is never taken back. */
export function adjust({ settings, total, reserved, confirmed }: Stock, { delta }: AdjustCommand): number | AdjustRefusal {
  if (settings.state === 'UNKNOWN') return 'NOT_FOUND';
  if (total + delta < reserved + confirmed) return 'BELOW_COMMITTED';
  return total + delta > UNITS_MAX ? 'TOTAL_TOO_LARGE' : total + delta;
}
