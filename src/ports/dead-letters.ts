import type { Millis, Offset } from '../domain/ids.js';
import type { Actor, WaitingLetters } from './operations.js';

/** Why a record cannot be decided: it becomes a dead letter, and its neighbours go on. */
export const UNDECODABLE = [
  'TOMBSTONE',
  'INVALID_JSON',
  'UNKNOWN_VERSION',
  'UNKNOWN_TYPE',
  'INVALID_COMMAND',
  'WRONG_KEY',
  'WRONG_PARTITION',
] as const;
export type Undecodable = (typeof UNDECODABLE)[number];

/** It can be read, and PostgreSQL refuses what follows from it. */
export const UNAPPLICABLE = 'UNAPPLICABLE';

export const LETTER_REASONS = [...UNDECODABLE, UNAPPLICABLE] as const;

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

/** By an operator: it is not to be redriven. It still can be. */
export interface Dismissed {
  readonly at: Millis;
  readonly by: string;
  readonly reason: string;
}

/** A dead letter as a list shows it: without its bytes, but for how many they are. */
export interface ListedLetter extends LetterPlace {
  readonly reason: string;
  readonly reservationId: string | null;
  readonly bytes: number;
  readonly storedAt: Millis;
  readonly publishedAt: Millis | null;
  readonly redriven: Redriven | null;
  /** Where its record lies in the log now. */
  readonly redrivenTo: RedrivenTo | null;
  readonly dismissed: Dismissed | null;
}

export interface LetterBytes {
  readonly key: Buffer | null;
  readonly value: Buffer | null;
}

/** A dismissed letter that was redriven all the same is REDRIVEN. */
export const LETTER_STATES = ['WAITING', 'REDRIVEN', 'DISMISSED'] as const;
export type LetterState = (typeof LETTER_STATES)[number];

/** `missing`: there is no such letter. `redriven`: it was before. `taken`: somebody else has it in hand now. */
export type DeskAnswer = 'done' | 'missing' | 'taken' | Redriven;
/** `failed`: it waits as before; its record may be in the log all the same, but for one that the brokers find too large. */
export type RedriveAnswer = DeskAnswer | { readonly failed: unknown; readonly isTooLarge: boolean };

/** What the operators do with dead letters. */
export interface LetterDesk {
  /** Oldest first. */
  list(settledToo: boolean): Promise<readonly ListedLetter[]>;
  /**
   * Takes one letter for itself while `work` runs, and notes it as redriven, in the operators' log too, once that has succeeded; not where
   * it throws.
   */
  redrive(place: LetterPlace, by: Actor, work: (letter: Letter) => Promise<RedrivenTo>): Promise<DeskAnswer>;
  /** Notes that it is not to be redriven, in the operators' log too. One that is dismissed stays as it was: `done`. */
  dismiss(place: LetterPlace, by: Actor, reason: string): Promise<DeskAnswer>;
}

/** Where a letter's record was, in the topic that is spoken of. */
export type LetterPosition = Omit<LetterPlace, 'topic'>;

export interface LetterFilter {
  readonly partition: number | null;
  readonly state: LetterState | null;
}

/** Letters of one topic, by partition and offset. */
export interface LetterShelf {
  page(filter: LetterFilter, after: LetterPosition | null, limit: number): Promise<readonly ListedLetter[]>;
  find(position: LetterPosition): Promise<(ListedLetter & LetterBytes) | null>;
  /** Those that wait, and were kept no later than this moment. */
  waitingUntil(until: Millis, partition: number | null, after: LetterPosition | null, limit: number): Promise<readonly LetterPosition[]>;
  count(partition: number | null): Promise<WaitingLetters & { readonly now: Millis }>;
}

/** Where a pass over all waiting letters goes on. */
export interface PassPlace {
  /** Letters that were kept later are not of this pass: one that comes back as a dead letter anew would keep it going for ever. */
  readonly until: Millis;
  readonly after: LetterPosition;
}

export interface PassRequest {
  /** Null: all partitions. */
  readonly partition: number | null;
  /** Null: from the beginning. */
  readonly from: PassPlace | null;
  readonly limit: number;
}

export interface RefusedLetter extends LetterPosition {
  readonly answer: Exclude<RedriveAnswer, 'done'>;
}

export interface PassStep {
  readonly redriven: number;
  readonly refused: readonly RefusedLetter[];
  /** That wait now, refused and newer ones too. */
  readonly remaining: number;
  /** Null: the pass is at its end. */
  readonly next: PassPlace | null;
}
