import { readFileSync } from 'node:fs';

/** For servers, logs and libraries, which must be reached also when clients have taken all they may. */
const KEPT_BACK = 256;

/**
 * How many sockets clients may have within the process's limit of open files: beyond that the process could not even reach its database.
 * @param limits as Linux tells them; where nobody does, what was asked for
 */
export function socketsWithin(wanted: number, limits: string | null = limitsOfProcess()): number {
  const [, most] = /^Max open files\s+(\d+)\s/m.exec(limits ?? '') ?? [];
  return most === undefined ? wanted : Math.max(1, Math.min(wanted, Number(most) - KEPT_BACK));
}

function limitsOfProcess(): string | null {
  try {
    return readFileSync('/proc/self/limits', 'utf8');
  } catch {
    return null;
  }
}
