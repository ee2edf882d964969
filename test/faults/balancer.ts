import { setTimeout as sleep } from 'node:timers/promises';
import type { Member } from '../../loadtest/stand/members.js';

const LOOK_EVERY_MS = 100;
const PATIENCE_MS = 1_000;

/** What stands in front of API processes: asks each /readyz ten times a second, and sends requests in turn to those that are ready. */
export class Balancer {
  private ready: readonly Member[] = [];
  private turn = 0;
  private ending = false;
  private readonly looking: Promise<void>;

  /** @param members those that it knows now */
  constructor(private readonly members: () => readonly Member[]) {
    this.looking = this.look();
  }

  /** @throws while no process is ready */
  next(): string {
    this.turn += 1;
    const member = this.ready[this.turn % this.ready.length];
    if (member === undefined) throw new Error('no API process is ready');
    return member.baseUrl;
  }

  knows(member: Member): boolean {
    return this.ready.includes(member);
  }

  async close(): Promise<void> {
    this.ending = true;
    await this.looking;
  }

  private async look(): Promise<void> {
    while (!this.ending) {
      const members = this.members();
      const answers = await Promise.all(members.map(isReady));
      this.ready = members.filter((_, at) => answers[at]);
      await sleep(LOOK_EVERY_MS);
    }
  }
}

async function isReady({ baseUrl }: Member): Promise<boolean> {
  // A connection of its own for each question, as balancers do: an old one would outlive the listener.
  const headers = { connection: 'close' };
  const signal = AbortSignal.timeout(PATIENCE_MS);
  return await fetch(`${baseUrl}/readyz`, { headers, signal }).then(
    ({ ok, body }) => body?.cancel().then(() => ok) ?? ok,
    () => false,
  );
}
