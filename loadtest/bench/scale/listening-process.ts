import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

const LISTENING = '0A';
const LOOPBACK = /^(localhost|127(\.\d+){3}|\[?::1\]?)$/;

/**
 * @param address host:port
 * @returns the process of this machine that listens there; null where it is another machine, another user's, or no Linux
 */
export function listeningProcess(address: string): number | null {
  const at = address.lastIndexOf(':');
  if (!LOOPBACK.test(address.slice(0, at))) return null;
  const sockets = new Set(['/proc/net/tcp', '/proc/net/tcp6'].flatMap((table) => socketsIn(read(table), Number(address.slice(at + 1)))));
  if (sockets.size === 0) return null;
  return (
    namesIn('/proc')
      .filter((name) => /^\d+$/.test(name))
      .map(Number)
      .find((pid) => holds(pid, sockets)) ?? null
  );
}

/** A line: number, local address, remote address, state, queues, timer, retransmits, user, time-out, inode; numbers in hex. */
export function socketsIn(table: string, port: number): string[] {
  const local = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  return table.split('\n').flatMap((line) => {
    const [, address = '', , state, , , , , , inode = ''] = line.trim().split(/\s+/);
    return state === LISTENING && address.endsWith(local) ? [`socket:[${inode}]`] : [];
  });
}

const holds = (pid: number, sockets: ReadonlySet<string>): boolean =>
  namesIn(`/proc/${pid}/fd`).some((name) => sockets.has(target(`/proc/${pid}/fd/${name}`)));

/** What is gone meanwhile, or another user's, is nothing. */
function orElse<T>(nothing: T, look: () => T): T {
  try {
    return look();
  } catch {
    return nothing;
  }
}

const read = (path: string): string => orElse('', () => readFileSync(path, 'utf8'));
const namesIn = (folder: string): string[] => orElse([], () => readdirSync(folder));
const target = (link: string): string => orElse('', () => readlinkSync(link));
