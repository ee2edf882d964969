import type { Log, LogDetails } from '../../src/telemetry/log.js';

export interface LoggedLine extends LogDetails {
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  readonly message: string;
}

/** A log that keeps its lines for a look. */
export function recordingLog(lines: LoggedLine[] = [], about: LogDetails = {}): Log & { readonly lines: LoggedLine[] } {
  const at =
    (level: LoggedLine['level']) =>
    (message: string, details: LogDetails = {}): void => {
      lines.push({ ...about, ...details, level, message });
    };
  return {
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    with: (details) => recordingLog(lines, { ...about, ...details }),
    lines,
  };
}
