import type { Offset } from '../domain/ids.js';
import type { LogRange } from '../ports/log.js';
import type { Position } from '../ports/store.js';

/** Why a partition cannot be resumed. Nobody but an operator can say what is right then, so the partition stops. */
export type Unresumable = 'LOG_TRUNCATED' | 'RECORDS_LOST' | 'FOREIGN_LOG';

export type Resume =
  | { readonly ok: true; readonly position: Offset; readonly fingerprint: string | null }
  | { readonly ok: false; readonly reason: Unresumable };

/**
 * Where to go on in a partition. The database's position is the truth, the log has to fit it:
 * the record before the position is compared by its fingerprint, unless retention has removed exactly everything before it.
 */
export function resumeFrom(position: Position | undefined, { start, end }: LogRange): Resume {
  if (position === undefined) return { ok: true, position: start, fingerprint: null };
  const { nextOffset, fingerprint } = position;
  if (end < nextOffset) return { ok: false, reason: 'LOG_TRUNCATED' };
  if (start > nextOffset) return { ok: false, reason: 'RECORDS_LOST' };
  return { ok: true, position: nextOffset, fingerprint: start === nextOffset ? null : fingerprint };
}
