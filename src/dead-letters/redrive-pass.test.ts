import { hurriedClock } from '../../test/support/memory-clock.js';
import type { Offset } from '../domain/ids.js';
import type { LetterPosition, PassPlace, PassStep, RedriveAnswer } from '../ports/dead-letters.js';
import { redriveStep } from './redrive-pass.js';

interface Kept extends LetterPosition {
  readonly storedAt: number;
}

const NOW = 1_000;
let waiting: Kept[];
let asked: string[];
const name = ({ partition, offset }: LetterPosition): string => `${partition}-${offset}`;
const kept = (partition: number, offset: number, storedAt = 0): Kept => ({ partition, offset: offset as Offset, storedAt });
const inOrder = (a: LetterPosition, b: LetterPosition): number => a.partition - b.partition || a.offset - b.offset;

beforeEach(() => {
  asked = [];
  waiting = [kept(0, 1), kept(0, 5), kept(1, 2), kept(3, 1), kept(3, 9)];
});

/** Letters in memory; `answerOf` says what becomes of one, and may put new ones behind. */
function step(
  request: { partition?: number; from?: PassPlace | null; limit?: number },
  answerOf: (letter: Kept) => RedriveAnswer = () => 'done',
  clock = hurriedClock(),
  takesMs = 0,
): Promise<PassStep> {
  const of = (partition: number | null): Kept[] => waiting.filter((letter) => partition === null || letter.partition === partition);
  return redriveStep(
    { partition: request.partition ?? null, from: request.from ?? null, limit: request.limit ?? 100 },
    {
      clock,
      shelf: {
        waitingUntil: async (until, partition, after, limit) =>
          of(partition)
            .filter((letter) => letter.storedAt <= until && (after === null || inOrder(letter, after) > 0))
            .sort(inOrder)
            .slice(0, limit)
            .map((letter) => ({ partition: letter.partition, offset: letter.offset })),
        count: async (partition) => ({ waiting: of(partition).length, oldestStoredAt: null, now: NOW }),
      },
      redrive: async (position) => {
        asked.push(name(position));
        await clock.sleep(takesMs);
        const letter = waiting.find((candidate) => name(candidate) === name(position)) as Kept;
        const answer = answerOf(letter);
        if (answer === 'done') waiting = waiting.filter((other) => other !== letter);
        return answer;
      },
    },
  );
}

test('all of them, by partition and offset', async () => {
  expect(await step({})).toEqual({ redriven: 5, refused: [], remaining: 0, next: null });
  expect(asked).toEqual(['0-1', '0-5', '1-2', '3-1', '3-9']);
});

test('so many at a time, from where the last step ended, and then it is over', async () => {
  const steps: PassStep[] = [await step({ limit: 2 })];
  while (steps.at(-1)?.next) steps.push(await step({ limit: 2, from: steps.at(-1)?.next ?? null }));
  expect(steps.map(({ redriven, remaining }) => [redriven, remaining])).toEqual([
    [2, 3],
    [2, 1],
    [1, 0],
  ]);
});

test('exactly as many as one step takes are one step', async () => {
  expect(await step({ limit: 5 })).toMatchObject({ redriven: 5, next: null });
});

test('of one partition only', async () => {
  expect(await step({ partition: 3 })).toMatchObject({ redriven: 2, remaining: 0, next: null });
  expect(asked).toEqual(['3-1', '3-9']);
});

test('what is refused stays, is named, and does not hold up the others', async () => {
  const answer = await step({ limit: 4 }, ({ offset }) => (offset === 1 ? 'taken' : 'done'));
  expect(answer).toMatchObject({ redriven: 2, remaining: 3, next: { until: NOW, after: { partition: 3, offset: 1 } } });
  expect(answer.refused).toEqual([
    { partition: 0, offset: 1, answer: 'taken' },
    { partition: 3, offset: 1, answer: 'taken' },
  ]);
  expect(await step({ from: answer.next })).toMatchObject({ redriven: 1, remaining: 2, next: null });
});

test('a letter that comes back as a new one does not keep the pass going', async () => {
  let newest = 100;
  const again = ({ partition }: Kept): RedriveAnswer => {
    newest += 1;
    waiting.push(kept(partition, newest, NOW + 1));
    return 'done';
  };
  let taken = await step({ limit: 2 }, again);
  while (taken.next !== null) taken = await step({ limit: 2, from: taken.next }, again);
  expect([asked.length, taken.remaining]).toEqual([5, 5]);
});

test('a step ends in time where each letter takes long', async () => {
  const clock = hurriedClock();
  const answer = await step({}, () => ({ failed: new Error('no broker'), isTooLarge: false }), clock, 3_000);
  expect([answer.redriven, answer.refused.length, answer.next]).toEqual([0, 2, { until: NOW, after: { partition: 0, offset: 5 } }]);
});

test('nothing waits: nothing is done', async () => {
  waiting = [];
  expect(await step({})).toEqual({ redriven: 0, refused: [], remaining: 0, next: null });
});
