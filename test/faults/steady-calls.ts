import { setTimeout as sleep } from 'node:timers/promises';
import type { Reply } from '../support/client.js';

export interface Call {
  /** Milliseconds of the epoch, of this machine. */
  readonly sentAt: number;
  readonly reply: Reply;
}

/** Requests at a constant rate, whatever the answers take, until it is stopped. */
export class SteadyCalls {
  readonly calls: Call[] = [];
  private stopped = false;
  private readonly running: Promise<void>;

  constructor(
    perSecond: number,
    private readonly ask: () => Promise<Reply> | null,
  ) {
    this.running = this.run(perSecond);
    // Told by stop().
    this.running.catch(() => undefined);
  }

  /** Resolves when all are answered. @throws when one was not, or not at all */
  async stop(): Promise<void> {
    this.stopped = true;
    await this.running;
  }

  /** How many answers of each kind: the status, and the code of a problem. */
  tally(): Record<string, number> {
    const counts: Record<string, number> = {};
    for (const { reply } of this.calls) {
      const { status, body } = reply;
      const kind = status < 400 ? `${status}` : `${status} ${body.code}`;
      counts[kind] = (counts[kind] ?? 0) + 1;
    }
    return counts;
  }

  private async run(perSecond: number): Promise<void> {
    const began = performance.now();
    const under: Promise<void>[] = [];
    for (let asked = 0; !this.stopped; await sleep(5)) {
      const due = Math.floor(((performance.now() - began) / 1_000) * perSecond);
      for (; asked < due; asked += 1) under.push(this.call());
    }
    await Promise.all(under);
  }

  private async call(): Promise<void> {
    const sentAt = Date.now();
    const asked = this.ask();
    // There may be nothing to ask for yet.
    if (asked !== null) this.calls.push({ sentAt, reply: await asked });
  }
}
