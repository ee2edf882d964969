import { connect, type Socket } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import type { Servers } from '../../stand/servers.js';
import { numberOf } from '../histogram.js';
import { type Offered, openCrowd, type Shop } from './buyers.js';
import { withService } from './service.js';

const CONNECTIONS = 100;
const WARM_UP_SECONDS = 5;
const OPENED_AT_ONCE = 200;
const DRIP_MS = 500;
/** Sent over an idle connection first, so that it is one of a client that may come back and not one that never spoke. */
const GREETING = 'GET /livez HTTP/1.1\r\nHost: shop\r\n\r\n';

export interface SocketsResult {
  readonly before: Offered;
  readonly beside: Offered;
  /** Slow requests that were answered 408 or cut meanwhile. */
  readonly slowEnded: number;
  /** Idle sockets that were still open at the end. */
  readonly idleLeft: number;
  readonly residentBytesBefore: number;
  readonly residentBytes: number;
}

/** The same traffic without and beside many idle sockets and slow senders, which come again as often as they are cut. */
export function sockets(servers: Servers, idle: number, slow: number, perSecond: number, seconds: number): Promise<SocketsResult> {
  return withService(servers, {}, async ({ shop, members }) => {
    const bytes = async (): Promise<number> =>
      numberOf(await (await fetch(members[1]?.metricsUrl ?? '')).text(), 'process_resident_memory_bytes');
    const crowd = openCrowd(shop, CONNECTIONS);
    await crowd.offer(perSecond, WARM_UP_SECONDS);
    const before = await crowd.offer(perSecond, seconds);
    const residentBytesBefore = await bytes();
    const idlers = await openIdle(shop, idle);
    const senders = Array.from({ length: slow }, (_, at) => new SlowSender(shop, at % 2 === 0 ? 'headers' : 'body'));
    await wait(1_000);
    const beside = await crowd.offer(perSecond, seconds);
    const residentBytes = await bytes();
    const idleLeft = idlers.filter(({ destroyed }) => !destroyed).length;
    for (const socket of idlers) socket.destroy();
    const slowEnded = senders.reduce((sum, sender) => sum + sender.stop(), 0);
    await crowd.close();
    return { before, beside, slowEnded, idleLeft, residentBytesBefore, residentBytes };
  });
}

async function openIdle({ url }: Shop, count: number): Promise<readonly Socket[]> {
  const opened: Socket[] = [];
  while (opened.length < count) {
    const length = Math.min(OPENED_AT_ONCE, count - opened.length);
    opened.push(...(await Promise.all(Array.from({ length }, () => greeted(url)))));
  }
  return opened;
}

function greeted(url: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connectTo(url);
    socket.once('error', reject);
    socket.once('data', () => {
      socket.off('error', reject);
      socket.on('error', () => socket.destroy());
      resolve(socket);
    });
    socket.write(GREETING);
  });
}

function connectTo(url: string): Socket {
  const { hostname, port } = new URL(url);
  return connect(Number(port), hostname);
}

/** Sends a request a byte at a time, and again from the beginning when it is cut. */
class SlowSender {
  private ended = 0;
  private stopped = false;
  private socket: Socket | undefined;

  constructor(shop: Shop, what: 'headers' | 'body') {
    const head = `POST /v1/reservations HTTP/1.1\r\nHost: shop\r\nAuthorization: Bearer ${shop.apiKey}\r\nIdempotency-Key: slow\r\nContent-Type: application/json\r\nContent-Length: 4000\r\n`;
    void this.send(shop, what === 'headers' ? 'POST /v1/reser' : `${head}\r\n{`);
  }

  /** @returns how often it was cut */
  stop(): number {
    this.stopped = true;
    this.socket?.destroy();
    return this.ended;
  }

  private async send(shop: Shop, beginning: string): Promise<void> {
    while (!this.stopped) {
      const socket = connectTo(shop.url);
      this.socket = socket;
      socket.on('error', () => socket.destroy());
      socket.resume();
      socket.write(beginning);
      while (!socket.closed && !this.stopped) {
        await wait(DRIP_MS);
        if (socket.writable) socket.write(' ');
      }
      if (!this.stopped) this.ended += 1;
    }
  }
}
