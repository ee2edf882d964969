import { aRow, principal } from '../../test/support/domain.js';
import { reserveOf, skuNamed } from '../../test/support/memory-log.js';
import type { ReservationId } from '../domain/ids.js';
import type { ReservationView } from '../ports/hints.js';
import { acceptUnlessHalted, type WhileHaltedDependencies } from './while-halted.js';

const REQUEST = { principal: principal('ann'), idempotencyKey: 'k1', skuId: skuNamed('hot'), quantity: 2, correlationId: 'c-7' };
const { reservationId } = reserveOf('hot', 'ann', 'k1', 2);
const unguarded = <T>(call: () => Promise<T>): Promise<T> => call();
const PASSED = { kind: 'unavailable', retryAfterMs: 7 } as const;

let halted: boolean;
let passed: number;
let reads: ReservationId[][];
beforeEach(() => {
  [halted, passed, reads] = [true, 0, []];
});

function door(known: ReservationView | null, over: Partial<WhileHaltedDependencies> = {}) {
  return acceptUnlessHalted({
    accept: async () => {
      passed += 1;
      return PASSED;
    },
    isHalted: () => halted,
    cache: {
      read: async (ids) => {
        reads.push([...ids]);
        return ids.map(() => known);
      },
    },
    guarded: unguarded,
    latest: async (view) => view,
    ...over,
  });
}

const view = (change: Partial<ReservationView> = {}): ReservationView => ({
  ...aRow({ user: 'ann' }),
  reservationId,
  quantity: 2,
  ...change,
});

test('while the sale runs everything goes on as ever, and nothing is read', async () => {
  halted = false;
  expect(await door(view())(REQUEST)).toEqual(PASSED);
  expect(reads).toEqual([]);
});

test('a new request is turned away before it is admitted', async () => {
  expect(await door(null)(REQUEST)).toEqual({ kind: 'halted', retryAfterMs: 5_000 });
  expect([passed, reads]).toEqual([0, [[reservationId]]]);
});

test('a repeat is told where it stands, as of now', async () => {
  const confirmed = view({ status: 'CONFIRMED' });
  const tell = door(view({ status: 'RESERVED' }), { latest: async () => confirmed });
  expect(await tell(REQUEST)).toEqual({ kind: 'replayed', reservation: confirmed });
  const queued = view({ status: 'QUEUED' });
  expect(await door(queued)(REQUEST)).toEqual({ kind: 'replayed', reservation: queued });
  expect(passed).toBe(0);
});

test('the same key with another quantity is no repeat', async () => {
  expect(await door(view({ quantity: 1 }))(REQUEST)).toEqual({ kind: 'refused', reason: 'KEY_REUSED', retryAfterMs: null });
});

test('without Redis all are turned away', async () => {
  const away = door(null, { cache: { read: () => Promise.reject(new Error('away')) } });
  expect(await away(REQUEST)).toEqual({ kind: 'halted', retryAfterMs: 5_000 });
});

test('those of one turn of the event loop are one read', async () => {
  const ask = door(null);
  await Promise.all(Array.from({ length: 100 }, (_, at) => ask({ ...REQUEST, idempotencyKey: `k${at}` })));
  expect(reads.map((ids) => ids.length)).toEqual([100]);
});
