import type { LetterPosition, LetterShelf, PassRequest, PassStep, RedriveAnswer, RefusedLetter } from '../ports/dead-letters.js';
import type { Clock } from '../ports/runtime.js';

/** A step ends after this even if there is more to do: whoever asked waits for its answer. */
const STEP_MS = 5_000;

export interface PassDependencies {
  readonly shelf: Pick<LetterShelf, 'waitingUntil' | 'count'>;
  readonly redrive: (position: LetterPosition) => Promise<RedriveAnswer>;
  readonly clock: Pick<Clock, 'monotonic'>;
}

/** One step of putting all waiting letters into the log again, each in a transaction of its own, by partition and offset. */
export async function redriveStep({ partition, from, limit }: PassRequest, deps: PassDependencies): Promise<PassStep> {
  const { shelf, redrive, clock } = deps;
  const until = from?.until ?? (await shelf.count(partition)).now;
  const started = clock.monotonic();
  const letters = await shelf.waitingUntil(until, partition, from?.after ?? null, limit + 1);
  const refused: RefusedLetter[] = [];
  let done = 0;
  for (const letter of letters.slice(0, limit)) {
    const answer = await redrive(letter);
    done += 1;
    if (answer !== 'done') refused.push({ ...letter, answer });
    if (clock.monotonic() - started >= STEP_MS) break;
  }
  const last = letters[done - 1];
  return {
    redriven: done - refused.length,
    refused,
    remaining: (await shelf.count(partition)).waiting,
    next: last === undefined || done === letters.length ? null : { until, after: last },
  };
}
