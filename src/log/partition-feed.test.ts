import { jest } from '@jest/globals';
import fc from 'fast-check';
import { aFeed, calls, LINGER_MS, offsetsOf, pass, recordAt, records, soon } from '../../test/support/partition-feed.js';
import { systemClock } from '../connections/clock.js';

beforeEach(() => jest.useFakeTimers());
afterEach(() => jest.useRealTimers());

describe('chunks', () => {
  it('wait for the linger from the first record on', async () => {
    const feed = aFeed(0);
    let taken: number[] | null = null;
    void feed.next().then((chunk) => {
      taken = offsetsOf(chunk);
    });
    await pass(1_000);
    feed.push(records(0, 2));
    await pass(LINGER_MS - 2);
    feed.push(records(2, 3));
    expect(taken).toBeNull();
    await pass(2);
    expect(taken).toEqual([0, 1, 2]);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('go at once when they are full, with 250 records, and say what comes next', async () => {
    const feed = aFeed(10);
    const next = feed.next();
    feed.push(records(10, 259));
    await pass(1);
    feed.push(records(259, 300));
    const chunk = await next;
    expect([chunk?.records.length, chunk?.nextOffset, chunk?.completeAt]).toEqual([250, 260, systemClock.monotonic()]);
    expect(await soon(feed)).toHaveLength(40);
    expect(feed.nextOffset).toBe(300);
  });

  it('do not wait again for records that have waited long enough', async () => {
    const feed = aFeed(0);
    feed.push(records(0, 3));
    await pass(LINGER_MS);
    const before = jest.getTimerCount();
    expect(offsetsOf(await feed.next())).toEqual([0, 1, 2]);
    expect(jest.getTimerCount()).toBe(before);
  });
});

describe('the end', () => {
  it('releases who waits, for the first record or for the linger', async () => {
    for (const waiting of [0, 2]) {
      const feed = aFeed(0);
      feed.push(records(0, waiting));
      const next = feed.next();
      feed.end();
      expect(await next).toBeNull();
      expect(await feed.next()).toBeNull();
    }
  });

  it('drops what waits, and takes nothing more', async () => {
    const feed = aFeed(0);
    feed.push(records(0, 300));
    feed.end();
    feed.push(records(300, 302));
    expect([await feed.next(), feed.waitingBySku().size]).toEqual([null, 0]);
  });
});

describe('a flood', () => {
  it('pauses fetching once at a bound, and goes on when most of it is done', async () => {
    const feed = aFeed(0);
    while (calls.length === 0 && feed.nextOffset < 10_000) feed.push(records(feed.nextOffset, feed.nextOffset + 10));
    const most = feed.nextOffset;
    feed.push(records(most, most + 500));
    expect(calls).toEqual(['pause']);
    expect(most).toBeLessThanOrEqual(5_000);
    let left = most + 500;
    for (; calls.length === 1; left -= 250) await feed.next();
    expect(calls).toEqual(['pause', 'resume']);
    expect(feed.waitingBySku()).toEqual(new Map([['hot', left]]));
    expect(left).toBeLessThanOrEqual(most / 2);
    // Enough for the next two chunks, while the fetch is under way.
    expect(left).toBeGreaterThanOrEqual(500);
  });

  it('stays paused over a rebalance that leaves the partition here', () => {
    const feed = aFeed(0);
    feed.push(records(0, 6_000));
    feed.realign();
    // To the last record taken, which is compared: the log may be another one by now.
    expect(calls).toEqual(['pause', 'seek 5999', 'pause']);
  });

  it('is not inherited: the client keeps the pause of an earlier owner, and a new feed ends it', () => {
    const feed = aFeed(7);
    feed.realign();
    expect(calls).toEqual(['seek 7', 'resume']);
  });
});

/** What a client library may do between two looks at its records. */
type Move = { kind: 'fetch' | 'again' | 'astray' | 'rebalance' | 'take'; by: number };
const move = fc.record({ kind: fc.constantFrom<Move['kind']>('fetch', 'fetch', 'again', 'astray', 'rebalance', 'take'), by: fc.nat(30) });

it('whatever the client delivers in whatever order, the log is handed out once, in order and whole', async () => {
  jest.useRealTimers();
  const gaps = fc.array(fc.constantFrom(1, 1, 1, 1, 1, 4), { minLength: 1, maxLength: 120 });
  await fc.assert(
    fc.asyncProperty(gaps, fc.nat(20), fc.array(move, { maxLength: 60 }), async (steps, start, moves) => {
      const log = steps.map((_, at) => recordAt(start + steps.slice(1, at + 1).reduce((sum, step) => sum + step, 0)));
      const end = (log.at(-1)?.offset ?? 0) + 1;
      let fetchAt = start;
      const seek = (to: number): void => {
        fetchAt = to;
      };
      const feed = aFeed(start, { lingerMs: 0, seek });
      const handedOut: number[] = [];
      const deliver = (from: number, count: number): void => {
        const fetched = log.filter((record) => record.offset >= from).slice(0, count);
        fetchAt = (fetched.at(-1)?.offset ?? from - 1) + 1;
        feed.push(fetched);
      };
      const take = async (): Promise<void> => {
        if (feed.waitingBySku().size > 0) handedOut.push(...(offsetsOf(await feed.next()) ?? []));
      };
      for (const { kind, by } of moves) {
        if (kind === 'fetch') deliver(fetchAt, by + 1);
        // A fetch that was under way before a seek, of records that were delivered before.
        if (kind === 'again') feed.push(log.filter((record) => record.offset < feed.nextOffset).slice(-by));
        if (kind === 'astray') fetchAt += by;
        if (kind === 'rebalance') feed.realign();
        if (kind === 'take') await take();
      }
      for (let round = 0; feed.nextOffset < end && round < 4 * log.length; round += 1) {
        deliver(fetchAt < end ? fetchAt : feed.nextOffset, 7);
        // A gap is judged by a question to the log.
        await Promise.resolve();
        await Promise.resolve();
        await Promise.resolve();
      }
      await take();
      while (feed.waitingBySku().size > 0) await take();
      expect(handedOut).toEqual(log.map((record) => record.offset));
    }),
    { seed: 20_260_302, numRuns: 500 },
  );
});
