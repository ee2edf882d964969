import { buyerKey, type Principal } from '../domain/ids.js';
import type { Clock, Random } from '../ports/runtime.js';
import type { Answer } from './respond.js';

const HEARTBEAT_SECONDS = 15;
const SECOND_MS = 1_000;
/** What a client may leave unread, beyond what its socket takes: about thirty events. */
const MAX_UNREAD_BYTES = 16 * 1024;
/** When those of a stopping process come back: spread, since all of them are told at once. */
const RETRY_FIRST_MS = 500;
const RETRY_SPREAD_MS = 4_000;

/** `revoked`: what its reader came with is good no more. */
export type StreamEnd = 'final' | 'left' | 'slow' | 'draining' | 'revoked';

export interface EventStream {
  /** One event; `id` comes back as Last-Event-ID. Nothing happens once the stream is over. */
  send(id: number, data: object): void;
  /** After everything that was sent. */
  end(why: StreamEnd): void;
  /** Called once, when it is over for whatever reason; at once if it is. */
  onOver(tidy: () => void): void;
}

/** As many as this process serves are open, or as many as it serves of one buyer: one alone is not to take the others' room. */
export type NoRoom = 'full' | 'buyer-full';

/** All open event streams of a process. */
export interface EventStreams {
  /** Begins the answer, which is about a reservation of this buyer, unless there is no room for it. */
  open(res: Answer, buyer: Principal): EventStream | NoRoom;
  /** Ends all, and each that is opened from now on after its first events, with word to come back elsewhere. */
  drain(): void;
}

export interface EventStreamsOptions {
  readonly max: number;
  readonly maxPerBuyer: number;
  readonly clock: Clock;
  readonly random: Random;
  readonly onOpen: (streams: number) => void;
  readonly onEnd: (why: StreamEnd, streams: number) => void;
}

/** Says in an answer that it is a stream of events (Server-Sent Events). */
export function eventStreamHead(res: Answer): void {
  res.statusCode = 200;
  res.setHeader('Content-Type', 'text/event-stream');
  res.setHeader('Cache-Control', 'no-store');
  // nginx would gather events until its buffer is full.
  res.setHeader('X-Accel-Buffering', 'no');
}

/**
 * One timer for all. Each second's heartbeats are those of a fifteenth of the streams, so that thousands are never written in one turn of the
 * event loop.
 */
export function createEventStreams({ max, maxPerBuyer, clock, random, onOpen, onEnd }: EventStreamsOptions): EventStreams {
  const slots = Array.from({ length: HEARTBEAT_SECONDS }, () => new Set<Stream>());
  const idle = new AbortController();
  const ofBuyers = new Map<string, number>();
  let open = 0;
  let opened = 0;
  let beating = false;
  let draining = false;

  async function beat(): Promise<void> {
    beating = true;
    for (let second = 0; open > 0 && !draining; second = (second + 1) % HEARTBEAT_SECONDS) {
      await clock.sleep(SECOND_MS, idle.signal);
      for (const stream of slots[second] as Set<Stream>) stream.write(':\n\n');
    }
    beating = false;
  }

  const sendAway = (stream: Stream): void => {
    stream.write(`retry: ${Math.round(RETRY_FIRST_MS + random.fraction() * RETRY_SPREAD_MS)}\n\n`);
    stream.end('draining');
  };

  return {
    open(res, principal) {
      const buyer = buyerKey(principal);
      const others = ofBuyers.get(buyer) ?? 0;
      if (open >= max) return 'full';
      if (others >= maxPerBuyer) return 'buyer-full';
      const slot = slots[opened++ % HEARTBEAT_SECONDS] as Set<Stream>;
      const stream = new Stream(res);
      slot.add(stream);
      open += 1;
      ofBuyers.set(buyer, others + 1);
      onOpen(open);
      stream.onOver((why) => {
        slot.delete(stream);
        open -= 1;
        const left = (ofBuyers.get(buyer) as number) - 1;
        if (left > 0) ofBuyers.set(buyer, left);
        else ofBuyers.delete(buyer);
        onEnd(why, open);
      });
      if (draining) setImmediate(() => sendAway(stream));
      else if (!beating) void beat();
      return stream;
    },
    drain() {
      draining = true;
      idle.abort();
      for (const slot of slots) for (const stream of slot) sendAway(stream);
    },
  };
}

class Stream implements EventStream {
  private over: StreamEnd | null = null;
  private readonly tidies: ((why: StreamEnd) => void)[] = [];

  constructor(private readonly res: Answer) {
    eventStreamHead(res);
    res.once('close', () => this.finish('left'));
    res.flushHeaders();
    if (res.destroyed) this.finish('left');
  }

  send(id: number, data: object): void {
    this.write(`id: ${id}\ndata: ${JSON.stringify(data)}\n\n`);
  }

  write(text: string): void {
    if (this.over !== null) return;
    this.res.write(text);
    if (this.res.writableLength <= MAX_UNREAD_BYTES) return;
    this.finish('slow');
    this.res.destroy();
  }

  end(why: StreamEnd): void {
    if (this.over !== null) return;
    this.finish(why);
    this.res.end();
  }

  onOver(tidy: (why: StreamEnd) => void): void {
    if (this.over === null) this.tidies.push(tidy);
    else tidy(this.over);
  }

  private finish(why: StreamEnd): void {
    if (this.over !== null) return;
    this.over = why;
    for (const tidy of this.tidies.splice(0)) tidy(why);
  }
}
