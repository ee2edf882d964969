import type { Letter, LetterOutbox, OutgoingLetter, RawProducer } from '../ports/dead-letters.js';
import type { Clock } from '../ports/runtime.js';
import type { Trouble } from '../telemetry/trouble.js';
import { isTooLarge } from './too-large.js';

const LOOK_EVERY_MS = 500;
const MAX_RETRY_MS = 5_000;
/** One page is one request. Its last letter may be as long as a record can be. */
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

/**
 * Publishes dead letters, each at least once: marked only after the brokers have it.
 *
 * The topic is made for records as long as the commands' topic takes them, and their headers. It may have been made by somebody else, though,
 * and a record that was compressed is longer here than there: a letter that the brokers refuse for its length alone goes out without key and
 * value, saying how many bytes they are. They are in the database. Were it tried for ever, all letters after it would wait.
 */
export function startOutbox({ store, producer, topic, partitions, clock, trouble }: OutboxDependencies): Outbox {
  const ending = new AbortController();

  async function publishWaiting(): Promise<void> {
    for (;;) {
      const mine = partitions();
      if (mine.length === 0 || ending.signal.aborted) return;
      const letters = await store.unpublished(topic, mine, PAGE);
      if (letters.length === 0) return;
      await publish(letters);
    }
  }

  async function publish(letters: readonly Letter[]): Promise<void> {
    try {
      await send(letters.map(outgoing));
    } catch (error) {
      if (!isTooLarge(error)) throw error;
      const [letter, ...others] = letters;
      if (others.length > 0) {
        for (const each of letters) await publish([each]);
        return;
      }
      if (letter !== undefined) await send([withoutBytes(letter)]);
    }
    await store.published(letters);
  }

  async function send(records: readonly OutgoingLetter[]): Promise<void> {
    const written = await producer.send(records);
    if (!written.has(PARTITION)) throw new Error('the dead letters are not certain to be written');
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
function outgoing({ topic, partition, offset, key, value, reason, reservationId }: Letter): OutgoingLetter {
  const place = { 'source-topic': topic, 'source-partition': String(partition), 'source-offset': String(offset) };
  return { partition: PARTITION, key, value, headers: { reason, ...place, ...(reservationId !== null && { reservationId }) } };
}

function withoutBytes(letter: Letter): OutgoingLetter {
  const bytes = (letter.key?.length ?? 0) + (letter.value?.length ?? 0);
  const { partition, headers } = outgoing(letter);
  return { partition, key: null, value: null, headers: { ...headers, 'bytes-left-out': String(bytes) } };
}
