import { Redis } from 'ioredis';
import type { Servers } from '../../stand/servers.js';
import { processUsage } from '../process-usage.js';
import { listeningProcess } from './listening-process.js';

/** CPU seconds used so far. */
export interface ServerCpu {
  /** Of the brokers; null where one of them does not run on this machine. */
  readonly broker: number | null;
  /** By its own count, wherever it runs. */
  readonly redis: number | null;
}

export async function serverCpu({ brokers, redisUrl }: Servers): Promise<ServerCpu> {
  const each = brokers.map((address) => {
    const pid = listeningProcess(address);
    return pid === null ? null : (processUsage(pid)?.cpuSeconds ?? null);
  });
  const broker = each.reduce((sum, seconds) => (sum === null || seconds === null ? null : sum + seconds), 0);
  return { broker, redis: await redisCpu(redisUrl) };
}

async function redisCpu(url: string): Promise<number | null> {
  const redis = new Redis(url, { lazyConnect: true });
  try {
    await redis.connect();
    const page = await redis.info('cpu');
    const [, system] = /used_cpu_sys:(\S+)/.exec(page) ?? [];
    const [, user] = /used_cpu_user:(\S+)/.exec(page) ?? [];
    return system === undefined || user === undefined ? null : Number(system) + Number(user);
  } finally {
    redis.disconnect();
  }
}
