import { type DestinationStream, destination, type Logger, pino } from 'pino';

export type LogDetails = Readonly<Record<string, unknown>>;

/** What a station needs of a log. An error goes into the details as `error`. */
export interface Log {
  debug(message: string, details?: LogDetails): void;
  info(message: string, details?: LogDetails): void;
  warn(message: string, details?: LogDetails): void;
  error(message: string, details?: LogDetails): void;
  /** The same log, with these details on every line. */
  with(details: LogDetails): Log;
}

export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent';

const SECRETS = ['authorization', 'password', 'apiKey', 'key', 'cookie', 'databaseUrl', 'redisUrl', 'connectionString'];

/** JSON lines on stderr: stdout belongs to what a command was asked for. Synchronous, so that the last line before a crash is there. */
export function createPino(level: LogLevel, stream: DestinationStream = destination({ fd: 2, sync: true })): Logger {
  const secretPaths = SECRETS.flatMap((name) => [name, `*.${name}`, `*.*.${name}`]);
  return pino(
    {
      level,
      base: { pid: process.pid },
      timestamp: () => `,"time":"${new Date().toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { err: (error) => describeError(error), error: (error) => describeError(error) },
      redact: { paths: secretPaths, censor: '[secret]' },
    },
    stream,
  );
}

/** Of an error that causes itself, as it were, no more is told. */
const MAX_CAUSES = 5;

/**
 * Type, message, code, stack and causes of an error, and nothing else that a library may have hung on it: ioredis adds the whole command
 * with all its arguments, 100 kB of buyers' data for one announcement.
 */
function describeError(error: unknown, depth = 0): unknown {
  if (!(error instanceof Error)) return error;
  if (depth > MAX_CAUSES) return error.message;
  const { name, message, stack, cause } = error;
  const code = 'code' in error ? error.code : undefined;
  return {
    type: name,
    message,
    ...(code !== undefined && { code }),
    stack,
    ...(cause !== undefined && { cause: describeError(cause, depth + 1) }),
  };
}

export function createLog(logger: Logger): Log {
  return {
    debug: (message, details = {}) => logger.debug(details, message),
    info: (message, details = {}) => logger.info(details, message),
    warn: (message, details = {}) => logger.warn(details, message),
    error: (message, details = {}) => logger.error(details, message),
    with: (details) => createLog(logger.child(details)),
  };
}
