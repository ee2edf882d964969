import type { Millis, Offset } from '../domain/ids.js';

/** Where in the log a record was that became a dead letter. */
export interface LetterPlace {
  readonly topic: string;
  readonly partition: number;
  readonly offset: Offset;
}

/** A dead letter, with the bytes of its record. */
export interface Letter extends LetterPlace {
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly reason: string;
  readonly reservationId: string | null;
}

/** Where the record of a redriven letter lies in the log now. */
export type RedrivenTo = Omit<LetterPlace, 'topic'>;

/** A record of any bytes, to be put into a topic as it is. */
export interface OutgoingLetter {
  readonly partition: number;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers?: Record<string, string>;
}

export interface RawProducer {
  /** As `LogProducer.send`: a partition missing from the answer was possibly not written. */
  send(records: readonly OutgoingLetter[]): Promise<ReadonlyMap<number, Offset>>;
}

/** The outbox's side of the database. */
export interface LetterOutbox {
  /** The oldest that are not published, of these partitions of the topic; `bytes` of them at most, but one in any case. */
  unpublished(topic: string, partitions: readonly number[], limits: { letters: number; bytes: number }): Promise<readonly Letter[]>;
  published(places: readonly LetterPlace[]): Promise<void>;
}

export interface Redriven {
  readonly at: Millis;
  readonly by: string;
}

/** A dead letter as a list shows it: without its bytes, but for how many they are. */
export interface ListedLetter extends LetterPlace {
  readonly reason: string;
  readonly reservationId: string | null;
  readonly bytes: number;
  readonly storedAt: Millis;
  readonly publishedAt: Millis | null;
  readonly redriven: Redriven | null;
}

/** What the operators do with dead letters. */
export interface LetterDesk {
  /** Oldest first. */
  list(redrivenToo: boolean): Promise<readonly ListedLetter[]>;
  /**
   * Takes one letter for itself while `work` runs, and notes it as redriven, in the operators' log too, once that has succeeded; not where
   * it throws.
   * `missing`: there is no such letter. `redriven`: it was before. `taken`: somebody else has it in hand now.
   */
  redrive(place: LetterPlace, by: string, work: (letter: Letter) => Promise<RedrivenTo>): Promise<'done' | 'missing' | 'taken' | Redriven>;
}
