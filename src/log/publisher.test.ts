import { jest } from '@jest/globals';
import { type Gate, gate } from '../../test/support/memory-clock.js';
import { reserveOf } from '../../test/support/memory-log.js';
import { systemClock } from '../connections/clock.js';
import type { Offset } from '../domain/ids.js';
import { partitionOf } from '../domain/partition-hash.js';
import type { LogProducer, OutgoingRecord } from '../ports/log.js';
import { decodeRecord } from './codec.js';
import { Publisher, type PublisherOptions } from './publisher.js';

const PARTITIONS = 3;
const DEADLINE_MS = 1_000;
/** A SKU in each partition. */
const SKU_IN = [0, 1, 2].map((partition) => {
  const names = Array.from({ length: 100 }, (_, at) => `sku-${at}`);
  return names.find((name) => partitionOf(name, PARTITIONS) === partition) as string;
});

interface Request {
  readonly records: readonly OutgoingRecord[];
  readonly answer: Gate<ReadonlyMap<number, Offset>>;
}

let requests: Request[];
let results: string[];
let errors: unknown[];
let sizes: number[];
let publisher: Publisher;

const producer: LogProducer = {
  send(records) {
    const answer = gate<ReadonlyMap<number, Offset>>();
    requests.push({ records, answer });
    return answer.promise;
  },
};

function start(options: Partial<PublisherOptions> = {}): void {
  publisher = new Publisher(producer, {
    partitionCount: PARTITIONS,
    lingerMs: 2,
    deadlineMs: DEADLINE_MS,
    maxWaiting: 2_000,
    clock: systemClock,
    onSend: (records) => sizes.push(records),
    onSettled: (result) => results.push(result),
    onError: (error) => errors.push(error),
    ...options,
  });
}

beforeEach(() => {
  jest.useFakeTimers();
  [requests, results, errors, sizes] = [[], [], [], []];
  start();
});
afterEach(() => jest.useRealTimers());

let buyers = 0;
/** Publishes a command of a SKU in this partition; what became of it, in a word or as an offset. */
function publish(partition = 0): Promise<number | string> {
  return publisher.publish(reserveOf(SKU_IN[partition] as string, `user-${buyers++}`)).then(
    (appended) => {
      expect(appended.partition).toBe(partition);
      return appended.offset;
    },
    (error: { failure: string }) => error.failure,
  );
}
const publishMany = (count: number): Promise<number | string>[] => Array.from({ length: count }, () => publish());
const pass = (ms: number): Promise<void> => jest.advanceTimersByTimeAsync(ms);
const answer = (request: number, offsets: Record<number, number>): void =>
  requests[request]?.answer.open(new Map(Object.entries(offsets).map(([partition, offset]) => [Number(partition), offset as Offset])));

describe('batches', () => {
  it('hold what came within the linger', async () => {
    const published = publishMany(3);
    await pass(1);
    published.push(publish());
    expect(requests).toHaveLength(0);
    await pass(1);
    expect(requests.map(({ records }) => records.length)).toEqual([4]);
    answer(0, { 0: 10 });
    expect(await Promise.all(published)).toEqual([10, 11, 12, 13]);
    expect([sizes, results.length]).toEqual([[4], 4]);
  });

  it('go at once when they are full, and hold no more than 250', async () => {
    void publishMany(251);
    expect(requests.map(({ records }) => records.length)).toEqual([250]);
    await pass(2);
    expect(requests.map(({ records }) => records.length)).toEqual([250, 1]);
  });

  it('are at most two under way; what gathers meanwhile goes in one as soon as one of them is back', async () => {
    void publishMany(250);
    void publishMany(250);
    const waiting = publishMany(40);
    await pass(100);
    expect(requests).toHaveLength(2);
    answer(1, { 0: 250 });
    await pass(0);
    expect(requests.map(({ records }) => records.length)).toEqual([250, 250, 40]);
    answer(2, { 0: 500 });
    expect((await Promise.all(waiting)).at(-1)).toBe(539);
  });

  it('hold each command as the writer reads it, in its partition, by its SKU', async () => {
    void publish(2);
    await pass(2);
    const [record] = requests[0]?.records ?? [];
    const raw = { offset: 0 as Offset, appendedAt: 1, key: Buffer.from(record?.key ?? ''), value: Buffer.from(record?.value ?? '') };
    expect(record?.partition).toBe(2);
    expect(decodeRecord(raw, { partition: 2, partitionCount: PARTITIONS })).toMatchObject({
      ok: true,
      record: { command: { skuId: SKU_IN[2] } },
    });
  });
});

describe('what the log answers', () => {
  it('offsets are counted per partition, in the order of the request', async () => {
    const published = [0, 1, 0, 2, 1, 0].map(publish);
    await pass(2);
    answer(0, { 0: 10, 1: 200, 2: 3_000 });
    expect(await Promise.all(published)).toEqual([10, 200, 11, 3_000, 201, 12]);
  });

  it('a partition it does not name was perhaps not written: its records are ambiguous, the others acknowledged', async () => {
    const published = [0, 1, 0, 2].map(publish);
    await pass(2);
    answer(0, { 0: 10, 2: 5 });
    expect(await Promise.all(published)).toEqual([10, 'ambiguous', 11, 5]);
    expect(results.sort()).toEqual(['acknowledged', 'acknowledged', 'acknowledged', 'ambiguous']);
  });

  it('an error leaves all of the request ambiguous, and the next one goes on', async () => {
    const published = publishMany(2);
    await pass(2);
    const error = new Error('no leader');
    requests[0]?.answer.fail(error);
    expect(await Promise.all(published)).toEqual(['ambiguous', 'ambiguous']);
    expect(errors).toEqual([error]);
    const next = publish();
    await pass(2);
    answer(1, { 0: 7 });
    expect(await next).toBe(7);
  });
});

describe('time', () => {
  it('under way at the deadline: ambiguous, once, whatever comes later', async () => {
    const published = publishMany(2);
    await pass(DEADLINE_MS - 100);
    expect(results).toEqual([]);
    await pass(200);
    expect(await Promise.all(published)).toEqual(['ambiguous', 'ambiguous']);
    answer(0, { 0: 10 });
    await pass(10);
    expect(results).toEqual(['ambiguous', 'ambiguous']);
    expect(sizes).toEqual([2]);
  });

  it('a late failure is no second answer', async () => {
    const published = publish();
    await pass(DEADLINE_MS + 100);
    expect(await published).toBe('ambiguous');
    requests[0]?.answer.fail(new Error('late'));
    await pass(10);
    expect(results).toEqual(['ambiguous']);
  });

  it('still waiting at the deadline: expired, and never sent', async () => {
    void publishMany(500);
    await pass(500);
    const waiting = publishMany(3);
    await pass(DEADLINE_MS - 400);
    expect(results.filter((result) => result === 'ambiguous')).toHaveLength(500);
    expect(results).not.toContain('expired');
    await pass(450);
    expect(await Promise.all(waiting)).toEqual(['expired', 'expired', 'expired']);
    for (const request of [0, 1]) answer(request, { 0: 0 });
    await pass(50);
    expect(requests).toHaveLength(2);
  });

  it('only those whose time has come are given up', async () => {
    void publishMany(250);
    await pass(600);
    const later = publish();
    await pass(600);
    expect(results).toHaveLength(250);
    answer(1, { 0: 9 });
    expect(await later).toBe(9);
  });
});

describe('bounds', () => {
  it('more than may wait is shed at once, and what waits is not harmed', async () => {
    start({ maxWaiting: 5 });
    const waiting = publishMany(5);
    expect(await publish()).toBe('shed');
    await pass(2);
    answer(0, { 0: 0 });
    expect(await Promise.all(waiting)).toEqual([0, 1, 2, 3, 4]);
    const again = publish();
    await pass(2);
    answer(1, { 0: 5 });
    expect(await again).toBe(5);
  });
});

describe('at the end', () => {
  it('what waits is sent without linger, what is under way is waited for, and nothing more is taken', async () => {
    start({ lingerMs: 500 });
    const published = publishMany(2);
    let closed = false;
    const closing = publisher.close().then(() => {
      closed = true;
    });
    expect(requests).toHaveLength(1);
    expect(await publish()).toBe('shed');
    await pass(100);
    expect(closed).toBe(false);
    answer(0, { 0: 1 });
    await pass(10);
    await closing;
    expect(await Promise.all(published)).toEqual([1, 2]);
    await pass(1_000);
    expect(jest.getTimerCount()).toBe(1);
  });

  it('no longer than until the deadline of the last', async () => {
    const published = publishMany(750);
    const closing = publisher.close();
    await pass(DEADLINE_MS + 100);
    await closing;
    const outcomes = await Promise.all(published);
    expect([
      outcomes.filter((outcome) => outcome === 'ambiguous').length,
      outcomes.filter((outcome) => outcome === 'expired').length,
    ]).toEqual([500, 250]);
  });
});
