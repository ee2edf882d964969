import { topCounts } from './top-counts.js';

test('the largest by name, the rest together', () => {
  const counts: [string, number][] = [
    ['a', 1],
    ['b', 5],
    ['c', 3],
    ['d', 2],
  ];
  expect([...topCounts(counts, 2)]).toEqual([
    ['b', 5],
    ['c', 3],
    ['other', 3],
  ]);
});

test('other is there from the start, and a SKU of that name is part of it', () => {
  expect([...topCounts([], 2)]).toEqual([['other', 0]]);
  expect([
    ...topCounts(
      new Map([
        ['other', 7],
        ['a', 9],
        ['b', 1],
      ]),
      1,
    ),
  ]).toEqual([
    ['a', 9],
    ['other', 8],
  ]);
});
