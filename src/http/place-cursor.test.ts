import { decodePlace, encodePlace } from './place-cursor.js';

test.each([[[0, 0]], [[3, 1842]], [[999_999_999, 999_999_999_999_999]]])('%j comes back', (numbers) => {
  expect(decodePlace(encodePlace(numbers, ['a', null]), 2, ['a', null])).toEqual(numbers);
});

test('in another list, of another length, or damaged it is none', () => {
  const cursor = encodePlace([3, 7], ['a', 1]);
  expect(decodePlace(cursor, 2, ['a', 2])).toBeNull();
  expect(decodePlace(cursor, 3, ['a', 1])).toBeNull();
  for (const bad of ['', cursor.slice(1), `${cursor}=`, `${cursor} `, cursor.replace(/^./, (first) => (first === 'A' ? 'B' : 'A'))])
    expect(decodePlace(bad, 2, ['a', 1])).toBeNull();
});
