import { mkdirSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { withFreePorts } from './ports.mjs';
import { findRedis } from './redis-binary.mjs';
import { startServerProcess } from './server-process.mjs';

/**
 * Nothing is persisted: Redis holds hints only, which the service renews from PostgreSQL.
 * @param {import('./servers.mjs').Place} place
 * @returns {Promise<import('./servers.mjs').Server>}
 */
export async function startRedis({ folder, fresh, pidFile }) {
  const command = findRedis() ?? 'redis-server';
  if (fresh) rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  return withFreePorts(1, join(folder, 'ports.json'), async ([port = 0]) => {
    const server = await startServerProcess({
      name: 'Redis',
      command,
      args: settings(port, folder),
      logFile: join(folder, 'redis.log'),
      ready: /Ready to accept connections/,
      options: { cwd: folder, killAfterMs: 5_000, pidFile },
    });
    return { url: `redis://127.0.0.1:${port}`, how: basename(command), process: server };
  });
}

/**
 * @param {number} port
 * @param {string} folder
 */
function settings(port, folder) {
  /** @type {Record<string, string>} */
  const given = {
    port: String(port),
    bind: '127.0.0.1',
    dir: folder,
    save: '',
    appendonly: 'no',
    maxmemory: '512mb',
    // Every key of ours expires, and each is a hint that may be missing. A full store therefore drops what would go next: with noeviction
    // it would refuse every announcement until the statuses of an hour ago are gone.
    'maxmemory-policy': 'volatile-ttl',
  };
  return Object.entries(given).flatMap(([name, value]) => [`--${name}`, value]);
}
