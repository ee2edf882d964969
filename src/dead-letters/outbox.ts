import type { Letter, LetterOutbox, RawProducer } from '../ports/dead-letters.js';
import type { Clock } from '../ports/runtime.js';
import type { Trouble } from '../telemetry/trouble.js';

const LOOK_EVERY_MS = 500;
const MAX_RETRY_MS = 5_000;
/** One page is one request; a letter that is longer than all of it goes alone. */
const PAGE = { letters: 100, bytes: 512 * 1024 };
/** The topic of the dead letters has one partition. */
const PARTITION = 0;

export interface OutboxDependencies {
  readonly store: LetterOutbox;
  /** Of the dead letters' topic. */
  readonly producer: RawProducer;
  /** The commands'. */
  readonly topic: string;
  /** Those that this process owns: one process publishes the letters of a partition. */
  readonly partitions: () => readonly number[];
  readonly clock: Clock;
  readonly trouble: Trouble;
}

export interface Outbox {
  /** Resolves when the send under way is over. */
  stop(): Promise<void>;
}

/** Publishes dead letters, each at least once: marked only after the brokers have it. */
export function startOutbox({ store, producer, topic, partitions, clock, trouble }: OutboxDependencies): Outbox {
  const ending = new AbortController();

  async function publishWaiting(): Promise<void> {
    for (;;) {
      const mine = partitions();
      if (mine.length === 0 || ending.signal.aborted) return;
      const letters = await store.unpublished(topic, mine, PAGE);
      if (letters.length === 0) return;
      const written = await producer.send(letters.map(outgoing));
      if (!written.has(PARTITION)) throw new Error('the dead letters are not certain to be written');
      await store.published(letters);
    }
  }

  async function run(): Promise<void> {
    let failures = 0;
    while (!ending.signal.aborted) {
      try {
        await publishWaiting();
        trouble.over(topic);
        failures = 0;
      } catch (error) {
        trouble.failed(topic, error);
        failures += 1;
      }
      await clock.sleep(Math.min(MAX_RETRY_MS, LOOK_EVERY_MS * 2 ** failures), ending.signal);
    }
  }
  const running = run();

  return {
    stop() {
      ending.abort();
      return running;
    },
  };
}

/** Its bytes as they were; where it comes from and why it is here are in the headers. */
function outgoing({ topic, partition, offset, key, value, reason, reservationId }: Letter) {
  const place = { 'source-topic': topic, 'source-partition': String(partition), 'source-offset': String(offset) };
  return { partition: PARTITION, key, value, headers: { reason, ...place, ...(reservationId !== null && { reservationId }) } };
}
