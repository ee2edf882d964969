import { execFileSync } from 'node:child_process';
import { cpus, release, totalmem, type } from 'node:os';
import { Redis } from 'ioredis';
import pg from 'pg';
import { checkout } from '../../../infra/local/checkout.mjs';
import { kafkaVersion } from '../../../infra/local/kafka-jars.mjs';
import type { Servers } from '../../stand/servers.js';

/** What a figure belongs to: it says nothing without them. */
export interface Circumstances {
  readonly date: string;
  /** With `+` behind it where the checkout holds changes. */
  readonly commit: string;
  readonly machine: string;
  readonly versions: string;
}

/** The broker's release is the launcher's: the protocol does not tell it. */
export async function circumstances(servers: Servers): Promise<Circumstances> {
  const [{ model = 'CPU' } = {}] = cpus();
  return {
    date: new Date().toISOString().slice(0, 10),
    commit: commit(),
    machine: `${cpus().length} x ${model.trim()}, ${Math.round(totalmem() / 2 ** 30)} GiB, ${type()} ${release()}`,
    versions: `Node ${process.versions.node}, PostgreSQL ${await postgresVersion(servers)}, Kafka ${kafkaVersion}, Redis ${await redisVersion(servers)}`,
  };
}

function commit(): string {
  const git = (...args: string[]): string =>
    execFileSync('git', ['-C', checkout, ...args], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  try {
    const isChanged = git('status', '--porcelain', '--', 'src', 'db', 'loadtest', 'infra', ':!loadtest/RESULTS.md').length > 0;
    return `${git('rev-parse', '--short', 'HEAD').trim()}${isChanged ? '+' : ''}`;
  } catch {
    return 'unknown';
  }
}

async function postgresVersion({ databaseUrl }: Servers): Promise<string> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const { rows } = await client.query<{ server_version: string }>('show server_version');
    return rows[0]?.server_version.split(' ')[0] ?? 'unknown';
  } finally {
    await client.end();
  }
}

async function redisVersion({ redisUrl }: Servers): Promise<string> {
  const redis = new Redis(redisUrl, { lazyConnect: true });
  try {
    await redis.connect();
    return /redis_version:(\S+)/.exec(await redis.info('server'))?.[1] ?? 'unknown';
  } finally {
    redis.disconnect();
  }
}
