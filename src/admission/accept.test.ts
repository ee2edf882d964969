import { aRow, NOW, principal } from '../../test/support/domain.js';
import { hurriedClock } from '../../test/support/memory-clock.js';
import { reserveOf, skuNamed } from '../../test/support/memory-log.js';
import type { ReserveCommand } from '../domain/command.js';
import type { Offset } from '../domain/ids.js';
import { partitionOf } from '../domain/partition-hash.js';
import type { ReserveRequest } from '../ports/admission.js';
import type { AdmissionAnswer, AdmissionRequest, Progress, Queued } from '../ports/hints.js';
import type { Appended } from '../ports/log.js';
import { type AcceptDependencies, createAccept } from './accept.js';

const PROGRESS: Progress = { nextOffset: 3 as Offset, ratePerSecond: 100, ageMs: 5 };
const unguarded = <T>(call: () => Promise<T>): Promise<T> => call();

let published: ReserveCommand[];
let marked: Queued[][];
let asked: AdmissionRequest[];
let noted: Appended[];
beforeEach(() => {
  [published, marked, asked, noted] = [[], [], [], []];
});

function accept(over: Partial<AcceptDependencies> = {}, request: Partial<ReserveRequest> = {}) {
  const acceptOne = createAccept({
    clock: { ...hurriedClock(), now: () => NOW },
    decideByMs: 30_000,
    maxQueueMs: 27_000,
    partitionCount: 10,
    queue: { appended: (place) => void noted.push(place), waitMs: () => null },
    latest: () => Promise.reject(new Error('nobody asked for it')),
    isKnownSku: async () => true,
    admit: async (admission) => {
      asked.push(admission);
      return { kind: 'admitted' };
    },
    publish: async (command) => {
      published.push(command);
      return { partition: partitionOf(command.skuId, 10), offset: 7 as Offset };
    },
    cache: {
      async queued(entries) {
        marked.push([...entries]);
        return new Map(entries.map(({ appended }) => [appended.partition, PROGRESS]));
      },
    },
    guarded: unguarded,
    ...over,
  });
  const plain = { principal: principal('ann'), idempotencyKey: 'k1', skuId: skuNamed('hot'), quantity: 2, correlationId: 'c-7' };
  return acceptOne({ ...plain, ...request });
}

const SAME = reserveOf('hot', 'ann', 'k1', 2);

describe('taken into the log', () => {
  it('is QUEUED, with its place in the queue, and marked before the answer', async () => {
    const accepted = await accept();
    expect(published).toEqual([{ ...SAME, correlationId: 'c-7', timestamp: NOW, decideBy: NOW + 30_000 }]);
    const reservation = {
      ...{ reservationId: SAME.reservationId, skuId: 'hot', issuer: 'shop', userId: 'ann', quantity: 2, status: 'QUEUED', reason: null },
      ...{ sequence: null, version: 0, queuedAt: NOW, decideBy: NOW + 30_000, decidedAt: null, expiresAt: null },
      ...{ confirmedAt: null, paymentReference: null },
    };
    const appended = { partition: partitionOf('hot', 10), offset: 7 };
    expect(accepted).toEqual({ kind: 'queued', reservation, appended, queue: { position: 4, estimatedWaitMs: 40 } });
    expect(marked).toEqual([[{ view: reservation, appended }]]);
    const { reservationId, idempotencyKeyHash: keyHash } = SAME;
    expect(asked).toEqual([{ reservationId, keyHash, skuId: 'hot', quantity: 2, buyer: 'shop ann', isQueueTooLong: false }]);
    expect(noted).toEqual([appended]);
  });

  it('without Redis it is QUEUED all the same, without a place', async () => {
    const away = async (): Promise<never> => {
      throw new Error('away');
    };
    expect(await accept({ cache: { queued: away } })).toMatchObject({ kind: 'queued', queue: null });
    expect(await accept({ guarded: away })).toMatchObject({ kind: 'queued', queue: null });
    expect(await accept({ cache: { queued: async () => new Map() } })).toMatchObject({ kind: 'queued', queue: null });
    expect(published).toHaveLength(3);
  });
});

describe('not taken', () => {
  const answering = (answer: AdmissionAnswer): Partial<AcceptDependencies> => ({ admit: async () => answer });

  it('a SKU that does not exist: not even asked for at the door', async () => {
    expect(await accept({ isKnownSku: async () => false })).toEqual({ kind: 'refused', reason: 'UNKNOWN_SKU', retryAfterMs: null });
    expect([asked, published, marked]).toEqual([[], [], []]);
  });

  it('refused at the door: nothing is published or kept', async () => {
    const answer: AdmissionAnswer = { kind: 'refused', reason: 'SOLD_OUT', retryAfterMs: 900 };
    expect(await accept(answering(answer))).toEqual(answer);
    expect([published, marked]).toEqual([[], []]);
  });

  it('a repeat whose state is known: that state', async () => {
    const accepted = await accept();
    const reservation = accepted.kind === 'queued' ? accepted.reservation : null;
    published = [];
    expect(reservation && (await accept(answering({ kind: 'known', reservation })))).toEqual({ kind: 'replayed', reservation });
    expect(published).toEqual([]);
  });

  it('a repeat of what is a hold: as it is now, not as the hint has it', async () => {
    const hold = aRow({ user: 'ann' });
    const confirmed = { ...hold, status: 'CONFIRMED' as const };
    const latest = async () => confirmed;
    expect(await accept({ ...answering({ kind: 'known', reservation: hold }), latest })).toEqual({
      kind: 'replayed',
      reservation: confirmed,
    });
  });

  it.each<[string, number | null, boolean]>([
    ['unknown', null, false],
    ['as long as may be', 27_000, false],
    ['longer', 27_001, true],
  ])('a queue whose length is %s', async (_, waitMs, isQueueTooLong) => {
    const partitions: number[] = [];
    const queue = {
      appended: () => undefined,
      waitMs: (partition: number) => {
        partitions.push(partition);
        return waitMs;
      },
    };
    await accept({ queue });
    expect([partitions, asked[0]?.isQueueTooLong]).toEqual([[partitionOf('hot', 10)], isQueueTooLong]);
  });

  it('a queue that is too long: when it may be short enough, a second at least, and nothing published', async () => {
    const queue = (waitMs: number) => ({ queue: { appended: () => undefined, waitMs: () => waitMs } });
    expect(await accept({ ...answering({ kind: 'too-long' }), ...queue(32_500) })).toEqual({ kind: 'too-long', retryAfterMs: 5_500 });
    expect(await accept({ ...answering({ kind: 'too-long' }), ...queue(27_001) })).toEqual({ kind: 'too-long', retryAfterMs: 1_000 });
    expect([published, marked, noted]).toEqual([[], [], []]);
  });

  it('a buyer who asks too often: not published either; what is left is told with every answer', async () => {
    const standing = { remaining: 3, resetMs: 1_700 };
    const tooMany = { kind: 'too-many' as const, retryAfterMs: 90, standing };
    expect(await accept(answering(tooMany))).toEqual(tooMany);
    expect(published).toEqual([]);
    const refused = { kind: 'refused' as const, reason: 'SOLD_OUT' as const, retryAfterMs: null, standing };
    expect(await accept(answering(refused))).toEqual(refused);
    expect(await accept(answering({ kind: 'admitted', standing }))).toMatchObject({ kind: 'queued', standing });
    const publish = (): Promise<never> => Promise.reject(new Error('ambiguous'));
    expect(await accept({ ...answering({ kind: 'admitted', standing }), publish })).toMatchObject({ kind: 'unavailable', standing });
    const reservation = aRow({ user: 'ann' }, { status: 'REJECTED' });
    expect(await accept(answering({ kind: 'known', reservation, standing }))).toMatchObject({ kind: 'replayed', standing });
  });

  it('a log that does not acknowledge: unavailable, and never called QUEUED anywhere', async () => {
    const publish = async (): Promise<never> => {
      throw new Error('ambiguous');
    };
    expect(await accept({ publish })).toEqual({ kind: 'unavailable', retryAfterMs: 1_000 });
    expect(marked).toEqual([]);
  });

  it('a database that does not answer whether the SKU exists: no answer is made up', async () => {
    await expect(accept({ isKnownSku: () => Promise.reject(new Error('away')) })).rejects.toThrow('away');
    expect(published).toEqual([]);
  });
});
