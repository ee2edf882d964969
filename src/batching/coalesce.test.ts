import { type Gate, gate, settled } from '../../test/support/memory-clock.js';
import { coalesce } from './coalesce.js';

interface Run {
  readonly items: readonly number[];
  readonly answer: Gate<readonly number[]>;
}

function recorded(maxItems = 3, maxInFlight = 2): { ask: (item: number) => Promise<number>; runs: Run[] } {
  const runs: Run[] = [];
  const run = (items: readonly number[]): Promise<readonly number[]> => {
    const answer = gate<readonly number[]>();
    runs.push({ items, answer });
    return answer.promise;
  };
  return { ask: coalesce<number, number>({ run, maxItems, maxInFlight }), runs };
}

const doubled = ({ items, answer }: Run): void => answer.open(items.map((item) => item * 2));

test('calls of a turn of the event loop go together, and each has its own answer', async () => {
  const { ask, runs } = recorded();
  const asked = [1, 2].map(ask);
  await Promise.resolve().then(() => asked.push(ask(3)));
  expect(runs).toHaveLength(0);
  await settled();
  expect(runs.map(({ items }) => items)).toEqual([[1, 2, 3]]);
  doubled(runs[0] as Run);
  expect(await Promise.all(asked)).toEqual([2, 4, 6]);
});

test('no run is larger than allowed, no more are under way than allowed, and none is forgotten or out of turn', async () => {
  const { ask, runs } = recorded(3, 2);
  const asked = [1, 2, 3, 4, 5, 6, 7, 8].map(ask);
  await settled();
  expect(runs.map(({ items }) => items)).toEqual([
    [1, 2, 3],
    [4, 5, 6],
  ]);
  asked.push(ask(9));
  doubled(runs[1] as Run);
  await settled();
  expect(runs.at(-1)?.items).toEqual([7, 8, 9]);
  doubled(runs[0] as Run);
  doubled(runs[2] as Run);
  expect(await Promise.all(asked)).toEqual([2, 4, 6, 8, 10, 12, 14, 16, 18]);
});

test('a failure is told to all of its run, and to no other', async () => {
  const { ask, runs } = recorded(2, 2);
  const asked = [1, 2, 3].map(ask);
  await settled();
  runs[0]?.answer.fail(new Error('away'));
  doubled(runs[1] as Run);
  expect((await Promise.allSettled(asked)).map(({ status }) => status)).toEqual(['rejected', 'rejected', 'fulfilled']);
  const next = ask(4);
  await settled();
  doubled(runs[2] as Run);
  expect(await next).toBe(8);
});

test('too few answers, or a run that throws at once, are failures', async () => {
  const { ask, runs } = recorded();
  const asked = [1, 2].map(ask);
  await settled();
  runs[0]?.answer.open([1]);
  for (const outcome of await Promise.allSettled(asked)) expect(outcome).toMatchObject({ reason: { message: '1 answers to 2 items' } });
  const broken = coalesce<number, number>({
    run: () => {
      throw new Error('at once');
    },
    maxItems: 1,
    maxInFlight: 1,
  });
  await expect(broken(1)).rejects.toThrow('at once');
  await expect(broken(2)).rejects.toThrow('at once');
});
