import type { Logger } from 'pino';
import type { Registry } from 'prom-client';
import type { Config } from '../config.js';
import type { Clock, Random } from '../ports/runtime.js';
import type { Log } from '../telemetry/log.js';
import type { Metrics } from '../telemetry/metrics.js';

/** What every role is given. */
export interface RoleContext {
  readonly config: Config;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** For the HTTP layer, which logs through pino itself. */
  readonly requestLog: Logger;
  readonly metrics: Metrics;
  readonly registry: Registry;
  /** The compiled src/roles/outboxes-thread.ts: a thread is started from a file, and knows nothing of how its parent was loaded. */
  readonly outboxesThread: URL;
  /** The role cannot go on; the process ends with an error, and whoever runs it starts it again. */
  readonly fail: (error: Error) => void;
}

/** A role at work. */
export interface RunningRole {
  /** Finishes what is under way and lets go of everything; within the drain limit of the configuration. */
  stop(): Promise<void>;
}
