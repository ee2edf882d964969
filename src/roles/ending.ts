import type { Config } from '../config.js';
import type { Log } from '../telemetry/log.js';
import type { RunningRole } from './role.js';

/** The orderly end of the process. */
export class Ending {
  private readonly roles: RunningRole[] = [];
  private begun = false;

  constructor(
    private readonly config: Pick<Config, 'drainMs'>,
    private readonly log: Log,
  ) {}

  running(role: RunningRole): void {
    this.roles.push(role);
  }

  /** A second call ends the process at once: whoever is told twice is in a hurry. */
  async begin(exitCode: number): Promise<never> {
    if (this.begun) process.exit(exitCode || 1);
    this.begun = true;
    this.log.info('stopping');
    // Nothing is lost when the limit strikes: what was answered 202 is in the log, and what was not committed is decided by the successor.
    setTimeout(() => {
      this.log.warn('the drain limit is over; what is still under way is left to the successor', { drainMs: this.config.drainMs });
      process.exit(exitCode);
    }, this.config.drainMs).unref();
    for (const role of this.roles.reverse())
      await role.stop().catch((error: unknown) => this.log.error('a role did not stop cleanly', { error }));
    this.log.info('stopped');
    process.exit(exitCode);
  }
}
