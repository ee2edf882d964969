import { Agent, request } from 'node:http';
import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** What became of one request, seen from its client. */
export type Fate =
  | { readonly kind: 'answered'; readonly status: number; readonly body: string }
  /** Nobody listened: it was never sent. */
  | { readonly kind: 'refused' }
  /** The connection ended before the answer began. */
  | { readonly kind: 'unanswered' }
  /** The connection ended in the middle of the answer. */
  | { readonly kind: 'cut' };

interface Request {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: object;
}

export interface Asked extends Request {
  readonly sentAt: number;
  readonly endedAt: number;
  readonly fate: Fate;
}

export interface HttpLoadOptions {
  /** Where the next one goes. */
  readonly url: () => string;
  /** Keep-alive connections, on each of which one request is under way at a time. */
  readonly connections: number;
  /** Of all of them; a connection whose answer is late asks later. */
  readonly perSecond: number;
  readonly next: () => Request;
}

/** POSTs over keep-alive connections, until nobody listens any more or it is stopped. */
export class HttpLoad {
  readonly asked: Asked[] = [];
  private stopped = false;
  private readonly lanes: Promise<void>[];

  constructor(private readonly options: HttpLoadOptions) {
    this.lanes = Array.from({ length: options.connections }, (_, at) => this.ask(at));
  }

  /** Resolves when nobody listens any more. */
  async ended(): Promise<void> {
    await Promise.all(this.lanes);
  }

  /** Resolves when what is under way has met its fate. */
  async stop(): Promise<void> {
    this.stopped = true;
    await this.ended();
  }

  private async ask(lane: number): Promise<void> {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const { connections, perSecond } = this.options;
    const everyMs = (connections * 1_000) / perSecond;
    let due = performance.now() + (lane / connections) * everyMs;
    while (!this.stopped) {
      await sleep(Math.max(0, due - performance.now()));
      due = Math.max(due + everyMs, performance.now());
      const sentAt = performance.now();
      const asking = this.options.next();
      const fate = await this.send(agent, asking);
      this.asked.push({ ...asking, sentAt, endedAt: performance.now(), fate });
      if (fate.kind === 'refused') break;
    }
    agent.destroy();
  }

  private send(agent: Agent, { headers, body }: Request): Promise<Fate> {
    const text = JSON.stringify(body);
    return new Promise((resolve) => {
      let socket: Socket | undefined;
      let readBefore = 0;
      const failed = (error: NodeJS.ErrnoException): void => {
        if (error.code === 'ECONNREFUSED') resolve({ kind: 'refused' });
        else resolve({ kind: (socket?.bytesRead ?? 0) > readBefore ? 'cut' : 'unanswered' });
      };
      const asking = request(this.options.url(), {
        method: 'POST',
        agent,
        headers: { ...headers, 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) },
      });
      asking.on('socket', (given) => {
        socket = given;
        readBefore = given.bytesRead;
      });
      asking.on('error', failed);
      asking.on('response', (answer) => {
        let received = '';
        answer.setEncoding('utf8');
        answer.on('data', (part: string) => {
          received += part;
        });
        answer.on('error', failed);
        answer.on('end', () => resolve({ kind: 'answered', status: answer.statusCode ?? 0, body: received }));
      });
      asking.end(text);
    });
  }
}
