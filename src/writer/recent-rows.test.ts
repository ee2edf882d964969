import { aRow } from '../../test/support/domain.js';
import type { ReservationId } from '../domain/ids.js';
import type { Reservation } from '../domain/reservation.js';
import { RecentRows } from './recent-rows.js';

const row = (id: string, version = 1): Reservation => ({ ...aRow(), reservationId: id as ReservationId, version });
const many = (count: number, name: string): Reservation[] => Array.from({ length: count }, (_, at) => row(`${name}-${at}`));

let elapsed: number;
let rows: RecentRows;
beforeEach(() => {
  // A process that has been up for long: nothing is as old as that.
  elapsed = 1_000_000;
  rows = new RecentRows({ monotonic: () => elapsed });
  rows.add([row('a')]);
});

const found = (...ids: string[]): boolean[] => ids.map((id) => rows.get(id) !== undefined);

it('finds what was added, and nothing else', () => {
  expect(rows.get('a')).toEqual(row('a'));
  expect(found('b')).toEqual([false]);
});

it('the later version of a row counts, also where the earlier one is of the generation before', () => {
  elapsed += 2_001;
  rows.add([row('a', 2)]);
  expect(rows.get('a')?.version).toBe(2);
});

it('a generation takes rows for two seconds and is found for as long again', () => {
  elapsed += 2_000;
  rows.add([row('b')]);
  elapsed += 1;
  rows.add([row('c')]);
  expect(found('a', 'b', 'c')).toEqual([true, true, true]);
  elapsed += 2_000;
  rows.add([row('d')]);
  expect(found('a', 'b', 'c', 'd')).toEqual([true, true, true, true]);
  elapsed += 1;
  rows.add([row('e')]);
  expect(found('a', 'b', 'c', 'd', 'e')).toEqual([false, false, true, true, true]);
});

it('a generation that is full is followed by the next, whatever its age', () => {
  rows.add(many(4_095, 'first'));
  rows.add(many(4_096, 'second'));
  expect(found('a', 'first-0', 'second-0')).toEqual([true, true, true]);
  rows.add([row('b')]);
  expect(found('a', 'first-4094', 'second-0', 'second-4095', 'b')).toEqual([false, false, true, true, true]);
});

it('one row less than full is not full', () => {
  rows.add(many(4_094, 'first'));
  rows.add(many(1, 'last'));
  rows.add(many(4_096, 'second'));
  expect(found('a', 'last-0', 'second-0')).toEqual([true, true, true]);
});

it('finds nothing of either generation once it was cleared', () => {
  elapsed += 2_001;
  rows.add([row('b')]);
  rows.clear();
  expect(found('a', 'b')).toEqual([false, false]);
  rows.add([row('c')]);
  expect(found('a', 'b', 'c')).toEqual([false, false, true]);
});
