import { setTimeout as sleep } from 'node:timers/promises';
import { type Feed, openFeed } from '../../loadtest/bench/feed.js';
import type { Place } from '../../loadtest/stand/place.js';
import type { Command } from '../../src/domain/command.js';

/** Publishes as the API does, and remembers what was acknowledged. */
export class SteadyFeed {
  /** Reservations whose request the log has acknowledged: each must be decided. */
  readonly accepted = new Set<string>();
  private stopped = false;
  private running: Promise<void> = Promise.resolve();

  private constructor(private readonly feed: Feed) {}

  static async open(place: Place): Promise<SteadyFeed> {
    return new SteadyFeed(await openFeed(place));
  }

  /** Resolves when all are acknowledged. */
  async publish(commands: readonly Command[]): Promise<void> {
    await Promise.all(
      commands.map(async (command) => {
        await this.feed.publish(command);
        if (command.type === 'reserve') this.accepted.add(command.reservationId);
      }),
    );
  }

  /** Publishes at this rate, whatever the answers take, until it is stopped. */
  start(perSecond: number, next: () => Command): void {
    const began = performance.now();
    const answers: Promise<void>[] = [];
    const run = async (): Promise<void> => {
      for (; !this.stopped; await sleep(5)) {
        const due = Math.floor(((performance.now() - began) / 1_000) * perSecond);
        while (answers.length < due) answers.push(this.publish([next()]));
      }
      await Promise.all(answers);
    };
    this.running = run();
    // Told by stop().
    this.running.catch(() => undefined);
  }

  /** Resolves when all are acknowledged. @throws when one was not */
  async stop(): Promise<void> {
    this.stopped = true;
    await this.running;
  }

  async close(): Promise<void> {
    this.stopped = true;
    await this.running.catch(() => undefined);
    await this.feed.close();
  }
}
