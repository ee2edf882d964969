import { connect, type Socket } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { Option } from 'commander';
import { wholeNumber } from '../../stand/command-line.js';
import type { Servers } from '../../stand/servers.js';
import type { Bench, Findings } from '../bench.js';
import { numberOf } from '../histogram.js';
import { count, megabytes, ms, rate as perSecondText } from '../report/units.js';
import { OFFERED_COLUMNS, type Offered, offeredRow, openCrowd, type Shop } from './buyers.js';
import { withService } from './service.js';

const CONNECTIONS = 100;
const WARM_UP_SECONDS = 5;
const OPENED_AT_ONCE = 200;
const DRIP_MS = 500;
/** Sent over an idle connection first, so that it is one of a client that may come back and not one that never spoke. */
const GREETING = 'GET /livez HTTP/1.1\r\nHost: shop\r\n\r\n';

interface SocketsResult {
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
function sockets(servers: Servers, idle: number, slow: number, perSecond: number, seconds: number): Promise<SocketsResult> {
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

interface SocketsOptions {
  readonly idle: number;
  readonly slow: number;
  readonly rate: number;
  readonly seconds: number;
}

export const socketsBench: Bench<SocketsOptions> = {
  name: 'sockets',
  description: 'traffic beside idle sockets and slow senders',
  options: [
    new Option('--idle <n>', 'idle sockets').default(10_000).argParser(wholeNumber(0, 1_000_000)),
    new Option('--slow <n>', 'slow senders').default(500).argParser(wholeNumber(0, 1_000_000)),
    new Option('--rate <n>', 'requests a second').default(500).argParser(wholeNumber(1, 1_000_000)),
    new Option('--seconds <n>', 'time measured, for each').default(20).argParser(wholeNumber(2, 3_600)),
  ],
  quick: { idle: 200, slow: 20, rate: 100, seconds: 2 },
  async run(servers, { idle, slow, rate, seconds }): Promise<Findings> {
    const { before, beside, slowEnded, idleLeft, residentBytesBefore, residentBytes } = await sockets(servers, idle, slow, rate, seconds);
    return {
      how:
        `${perSecondText(rate)} without and beside sockets that say nothing and senders of a byte each half second, who begin again when they are cut. ` +
        `Cut ${count(slowEnded)} times; ${count(idleLeft)} of ${count(idle)} idle sockets were left; memory of the API ${megabytes(residentBytesBefore)} before, ${megabytes(residentBytes)} with them.`,
      tables: [{ columns: OFFERED_COLUMNS, rows: [offeredRow('without', before), offeredRow('beside', beside)] }],
      lastLine: `sockets: p99 ${ms(before.p99Ms)} without, ${ms(beside.p99Ms)} beside ${idle} idle sockets and ${slow} slow senders`,
    };
  },
};
