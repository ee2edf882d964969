import { setTimeout as wait } from 'node:timers/promises';
import { assertRunning } from '../stand/members.js';
import { bucketsOf } from './histogram.js';
import type { Writer } from './stand.js';

/** Commands that a writer has decided so far. */
export async function decidedBy({ metrics }: Pick<Writer, 'metrics'>): Promise<number> {
  return bucketsOf(await metrics(), 'flashsale_decision_latency_seconds').at(-1)?.count ?? 0;
}

/** Resolves with the first decision of what a feeding process publishes: it starts, and makes all its commands, before. */
export async function untilFed(writer: Writer, decidedBefore: number): Promise<void> {
  while ((await decidedBy(writer)) <= decidedBefore) {
    assertRunning([writer.member]);
    await wait(50);
  }
}
