import { join } from 'node:path';
import { openInstance } from '../../infra/local/instance.mjs';
import { startPostgres } from '../../infra/local/postgres.mjs';
import type { Guarded } from '../../infra/local/processes.mjs';
import { startRedis } from '../../infra/local/redis.mjs';
import { fetchRedis } from '../../infra/local/redis-binary.mjs';
import { eventually } from '../support/eventually.js';

type Start = typeof startPostgres;

/** A server of one test file, which may be stopped, killed and started again: at the same address, and with what it had on disk. */
export class OwnServer {
  private constructor(
    private readonly begin: () => ReturnType<Start>,
    private readonly release: () => void,
    readonly url: string,
    private process: Guarded,
  ) {}

  static postgres(): Promise<OwnServer> {
    return OwnServer.start('postgres', startPostgres);
  }

  static async redis(): Promise<OwnServer> {
    await fetchRedis();
    return OwnServer.start('redis', startRedis);
  }

  private static async start(name: string, start: Start): Promise<OwnServer> {
    const { folder, pids, release } = await openInstance('faults', { another: true });
    const place = { folder: join(folder, name), pidFile: join(pids, name) };
    const { url, process } = await start({ ...place, fresh: true });
    return new OwnServer(() => start({ ...place, fresh: false }), release, url, process as Guarded);
  }

  signal(signal: NodeJS.Signals): void {
    process.kill(this.process.pid, signal);
  }

  /** Resolves when it has gone. */
  async kill(signal: NodeJS.Signals): Promise<void> {
    this.signal(signal);
    await this.process.exited;
  }

  /** What a killed PostgreSQL has left running holds its memory for a moment, and it does not start before that is over. */
  async restart(): Promise<void> {
    const { url, process } = await eventually(() => this.begin(), { within: 60_000 });
    this.process = process as Guarded;
    if (url !== this.url) throw new Error(`it was at ${this.url} and is at ${url} now`);
  }

  async stop(): Promise<void> {
    await this.process.stop();
    this.release();
  }
}
