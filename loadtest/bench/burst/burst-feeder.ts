import { setImmediate as turn, setTimeout as wait } from 'node:timers/promises';
import type { ReserveCommand } from '../../../src/domain/command.js';
import { reserveCommand } from '../commands.js';
import { feedAtRate, openFeed } from '../feed.js';
import type { BurstPlan } from './plan.js';

/** As many at once as a turn of the event loop may publish: what is due meanwhile for the others is not held up for long. */
const SLICE = 250;

/** The feeding process of the burst bench: a plan as JSON. */
const [text = ''] = process.argv.slice(2);
const { target, others, perSecond, seconds, hot, burst, firstBurstAfter, between }: BurstPlan = JSON.parse(text);

// Beforehand: hashing them costs as much CPU as publishing them, on the cores that the service is measured on.
const steady = Array.from({ length: perSecond * seconds }, (_, at) =>
  reserveCommand(others[at % others.length] as BurstPlan['others'][number], `buyer-${at}`),
);
const bursts = hot.map((skuId) => Array.from({ length: burst }, (_, at) => reserveCommand(skuId, `buyer-${at}`)));

const feed = await openFeed(target);
await Promise.all([feedAtRate(feed, perSecond, seconds, (at) => asOfNow(steady[at] as ReserveCommand)), publishBursts()]);
await feed.close();

async function publishBursts(): Promise<void> {
  const startedAt = performance.now();
  for (const [at, commands] of bursts.entries()) {
    await wait(Math.max(0, startedAt + (firstBurstAfter + at * between) * 1_000 - performance.now()));
    const answers: Promise<unknown>[] = [];
    for (let first = 0; first < commands.length; first += SLICE) {
      answers.push(...commands.slice(first, first + SLICE).map((command) => feed.publish(asOfNow(command))));
      await turn();
    }
    await Promise.all(answers);
  }
}

function asOfNow({ decideBy, timestamp, ...command }: ReserveCommand): ReserveCommand {
  const now = Date.now();
  return { ...command, timestamp: now, decideBy: now + decideBy - timestamp };
}
