import { Worker } from 'node:worker_threads';
import { EVENT_TYPES } from '../events/schemas.js';
import type { ObserveStatement } from '../store/statement.js';
import { startAtZero } from '../telemetry/start-at-zero.js';
import type { FromOutboxes, ToOutboxes } from './outboxes-thread.js';
import type { RoleContext, RunningRole } from './role.js';

/** How often the thread hears what has changed. Late news that a partition is gone only repeats events; it never skips one. */
const LOOK_EVERY_MS = 50;
/** Undecided commands above which events wait. */
const BUSY_ABOVE = 2_000;
/** Longest that a stop waits for sends under way; what is lost with them is published again by the next owner. */
const STOP_WITHIN_MS = 2_000;

export interface OutboxEdges {
  readonly observeStatement: ObserveStatement;
  /** Those that this process owns and decides now: one that stands still may be of another cluster, and there its events do not belong. */
  readonly partitions: () => readonly number[];
  /** Commands that wait to be decided in these partitions. */
  readonly undecided: () => number;
}

/** Starts the thread that tells other services what was decided, and tells it what we own and how busy we are. */
export function startOutboxes(context: RoleContext, edges: OutboxEdges): RunningRole {
  const { config, clock, metrics, outboxesThread, fail } = context;
  const { observeStatement, partitions, undecided } = edges;
  startAtZero(
    metrics.eventsPublished,
    EVENT_TYPES.map((type) => ({ type })),
  );
  const thread = new Worker(outboxesThread, { workerData: config });
  const gone = new Promise((resolve) => thread.once('exit', resolve));
  let isOver = false;
  thread.on('message', ({ published, lagSeconds, statements }: FromOutboxes) => {
    for (const [type, count] of published) metrics.eventsPublished.inc({ type }, count);
    for (const [name, seconds] of statements) observeStatement(name, seconds);
    if (lagSeconds !== null) metrics.relayLag.set(lagSeconds);
  });
  const ended = (error: Error): void => {
    if (!isOver) fail(error);
    isOver = true;
  };
  thread.on('error', ended);
  thread.on('exit', () => ended(new Error('the thread that publishes events ended by itself')));
  const say = (message: ToOutboxes): void => thread.postMessage(message);
  let told = '';
  const looking = setInterval(() => {
    const state = { partitions: partitions(), isBusy: undecided() > BUSY_ABOVE };
    const text = JSON.stringify(state);
    if (text === told) return;
    told = text;
    say(state);
  }, LOOK_EVERY_MS);

  return {
    async stop() {
      isOver = true;
      clearInterval(looking);
      say({ stop: true });
      const late = new AbortController();
      await Promise.race([gone, clock.sleep(STOP_WITHIN_MS, late.signal)]);
      late.abort();
      await thread.terminate();
    },
  };
}
