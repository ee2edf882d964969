import { partitionOf } from '../domain/partition-hash.js';
import type { Letter, LetterDesk, LetterPlace, RawProducer, RedriveAnswer, Redriven } from '../ports/dead-letters.js';
import type { Actor } from '../ports/operations.js';
import type { Clock } from '../ports/runtime.js';
import { isTooLarge } from './too-large.js';

export interface RedriveDependencies {
  readonly desk: Pick<LetterDesk, 'redrive'>;
  /** Of the commands' topic. */
  readonly producer: RawProducer;
  readonly partitionCount: number;
  /** Longest that the log may take; a transaction is open meanwhile. */
  readonly deadlineMs: number;
  readonly clock: Clock;
  /** Who asked for it. */
  readonly by: Actor;
}

/**
 * Puts the record of a dead letter into the log again, once: after that it is an ordinary record, decided or a dead letter anew. Where it is
 * not certain that it is in the log, the letter stays as it was; a second copy is a repeat to the writer, since ids are idempotent.
 */
export async function redrive(place: LetterPlace, deps: RedriveDependencies): Promise<RedriveAnswer> {
  const { desk, producer, partitionCount, by, deadlineMs, clock } = deps;
  try {
    return await desk.redrive(place, by, async (letter) => {
      const partition = rightPartition(letter, partitionCount);
      const sent = producer.send([{ partition, key: letter.key, value: letter.value }]);
      const written = await Promise.race([sent, clock.sleep(deadlineMs)]);
      const offset = written?.get(partition);
      if (offset === undefined) throw new Error('the log did not acknowledge the record; it may be in it all the same');
      return { partition, offset };
    });
  } catch (failed) {
    return { failed, isTooLarge: isTooLarge(failed) };
  }
}

/** Where its key belongs, so that one which was written to the wrong partition is put right; without a key where it was. */
const rightPartition = ({ key, partition }: Letter, partitionCount: number): number =>
  key === null ? partition : partitionOf(key.toString(), partitionCount);

/** The answer in words, for a person. */
export function describeAnswer(answer: RedriveAnswer): string {
  if (answer === 'done') return 'redriven';
  if (answer === 'missing') return 'there is no such dead letter';
  if (answer === 'taken') return 'somebody else is redriving it now';
  if (isRedriven(answer)) return `was redriven already, ${new Date(answer.at).toISOString()} by ${answer.by}`;
  return `not redriven: ${answer.failed instanceof Error ? answer.failed.message : String(answer.failed)}`;
}

const isRedriven = (answer: object): answer is Redriven => 'at' in answer;
