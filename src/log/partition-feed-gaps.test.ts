import { jest } from '@jest/globals';
import { gate } from '../../test/support/memory-clock.js';
import { aFeed, calls, pass, recordAt, records, soon } from '../../test/support/partition-feed.js';
import type { Offset } from '../domain/ids.js';
import type { RawRecord } from '../ports/log.js';

beforeEach(() => jest.useFakeTimers());
afterEach(() => jest.useRealTimers());

describe('jumps', () => {
  it('are refused once, with a seek to what was expected, and taken when the same record comes again', async () => {
    const feed = aFeed(0);
    feed.push(records(0, 2));
    feed.push(records(5, 7));
    expect(calls).toEqual(['seek 2']);
    expect(await soon(feed)).toEqual([0, 1]);
    feed.push(records(5, 8));
    feed.push(records(5, 8));
    await pass(0);
    expect(calls).toEqual(['seek 2', 'seek 5']);
    feed.push(records(5, 8));
    expect(await soon(feed)).toEqual([5, 6, 7]);
  });

  it('over records that retention has removed are a stop: nobody has decided them', async () => {
    const feed = aFeed(0, { logStart: async () => 3 as Offset });
    feed.push(records(3, 5));
    feed.push(records(3, 5));
    await pass(0);
    expect(calls).toEqual(['seek 0', 'lost']);
    feed.push(records(0, 5));
    expect([feed.nextOffset, await soon(feed)]).toEqual([0, null]);
  });

  it('are looked at again when the log does not answer', async () => {
    const answers = [Promise.reject(new Error('away')), Promise.resolve(0 as Offset)];
    const feed = aFeed(0, { logStart: () => answers.shift() ?? Promise.resolve(null) });
    for (let time = 0; time < 4; time += 1) {
      feed.push(records(3, 5));
      await pass(0);
    }
    expect(calls).toEqual(['seek 0', 'seek 0', 'seek 0', 'seek 3']);
  });

  it('are judged by where the feed is when the log answers: what was missing may have come meanwhile', async () => {
    const start = gate<Offset>();
    const feed = aFeed(0, { logStart: () => start.promise });
    feed.push(records(0, 3));
    for (let times = 0; times < 2; times += 1) feed.push(records(6, 9));
    feed.push(records(3, 5));
    start.open(0 as Offset);
    await pass(0);
    expect(feed.nextOffset).toBe(5);
    expect(calls).toEqual(['seek 3']);
  });

  it('are no reason to stop where a rebalance comes while they are judged', async () => {
    const start = gate<Offset>();
    const feed = aFeed(0, { logStart: () => start.promise });
    feed.push(records(0, 3));
    for (let times = 0; times < 2; times += 1) feed.push(records(5, 8));
    feed.realign();
    start.open(0 as Offset);
    await pass(0);
    expect(calls).toEqual(['seek 3', 'seek 2', 'resume']);
  });

  it('prove nothing in a rebalance: until the client is brought back it is anywhere, also where it was before', async () => {
    const feed = aFeed(0);
    feed.push(records(0, 2));
    feed.push(records(5, 7));
    feed.goAstray();
    for (let times = 0; times < 3; times += 1) feed.push(records(5, 7));
    await pass(0);
    expect(calls).toEqual(['seek 2']);
    feed.realign();
    feed.push(records(5, 7));
    expect(calls).toEqual(['seek 2', 'seek 1', 'resume', 'seek 1']);
    feed.push(records(1, 7));
    expect(await soon(feed)).toEqual([0, 1, 2, 3, 4, 5, 6]);
  });

  it('that are judged while a rebalance begins are judged no more', async () => {
    for (const disturb of ['goAstray', 'realign'] as const) {
      const start = gate<Offset>();
      const feed = aFeed(3, { logStart: () => start.promise });
      for (let times = 0; times < 2; times += 1) feed.push(records(5, 8));
      feed[disturb]();
      start.open(0 as Offset);
      await pass(0);
      expect([feed.nextOffset, calls.includes('seek 5')]).toEqual([3, false]);
    }
  });

  it('are forgotten when what was missing comes after all', async () => {
    const feed = aFeed(0);
    feed.push(records(3, 5));
    feed.push(records(0, 2));
    feed.push(records(3, 5));
    expect(calls).toEqual(['seek 0', 'seek 2']);
    expect(await soon(feed)).toEqual([0, 1]);
    feed.push(records(2, 5));
    expect(await soon(feed)).toEqual([2, 3, 4]);
  });

  it('to another record are jumps of their own; a rebalance begins anew', async () => {
    const feed = aFeed(0);
    feed.push(records(3, 5));
    feed.push(records(9, 11));
    feed.realign();
    feed.push(records(9, 11));
    expect(calls).toEqual(['seek 0', 'seek 0', 'seek 0', 'resume', 'seek 0']);
    expect(await soon(feed)).toBeNull();
  });
});

describe('a rebalance', () => {
  it('makes sure that the log is still the same one, by the last record taken', async () => {
    const feed = aFeed(0);
    feed.push(records(0, 3));
    feed.realign();
    expect(calls).toEqual(['seek 2', 'resume']);
    feed.push(records(2, 5));
    expect(await soon(feed)).toEqual([0, 1, 2, 3, 4]);
    feed.realign();
    // The topic was made anew, and holds other records at these offsets.
    feed.push([recordAt(4, 'cold'), ...records(5, 8)]);
    expect(calls.at(-1)).toBe('foreign');
    expect(await feed.next()).toBeNull();
  });
});

describe('a client that is astray', () => {
  it('is not believed, also where its record seems to come next: the log may be another one', () => {
    const feed = aFeed(0);
    feed.push(records(0, 3));
    feed.goAstray();
    feed.push([recordAt(3, 'cold')]);
    expect(feed.nextOffset).toBe(3);
    feed.realign();
    feed.push([recordAt(2, 'cold'), recordAt(3, 'cold')]);
    expect(calls.at(-1)).toBe('foreign');
  });
});

describe('a log that was out of sight', () => {
  it('is compared by the last record taken, or by the one before the position, where none was taken since', async () => {
    for (const taken of [0, 2]) {
      const feed = aFeed(3, { isLastApplied: () => true });
      feed.push(records(2, 3 + taken));
      feed.makeSure();
      expect(calls).toEqual([`seek ${2 + taken}`, 'resume']);
      feed.push([recordAt(2 + taken, 'cold'), ...records(3 + taken, 9)]);
      expect(calls.at(-1)).toBe('foreign');
    }
  });

  it('is not asked for in a rebalance, at the end, or where nothing was taken', () => {
    const feed = aFeed(0);
    feed.makeSure();
    feed.push(records(0, 3));
    feed.goAstray();
    feed.makeSure();
    feed.end();
    feed.makeSure();
    expect(calls).toEqual([]);
  });

  it('is compared, too, when the client goes back without having been sent', async () => {
    const feed = aFeed(0);
    feed.push(records(0, 6));
    // As kafkajs does when its place is out of range: the log was made anew, and has grown beyond it meanwhile.
    feed.push(records(0, 9));
    expect(calls).toEqual(['seek 5', 'resume']);
    feed.push(records(5, 9));
    expect(await soon(feed)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
    feed.push(Array.from({ length: 12 }, (_, at) => recordAt(at, 'cold')));
    feed.push(Array.from({ length: 12 }, (_, at) => recordAt(at, 'cold')));
    expect(calls.slice(2)).toEqual(['seek 8', 'resume', 'foreign']);
  });
});

describe('the record before the position', () => {
  const isThird = ({ offset, appendedAt }: RawRecord): boolean => offset === appendedAt;

  it('is compared and not handed out', async () => {
    const feed = aFeed(3, { isLastApplied: isThird });
    expect(feed.nextOffset).toBe(2);
    feed.push(records(0, 3));
    expect(feed.nextOffset).toBe(3);
    feed.push(records(3, 5));
    expect(await soon(feed)).toEqual([3, 4]);
  });

  it('that is another one: nothing is taken, ever', async () => {
    const feed = aFeed(3, { isLastApplied: isThird });
    feed.push([{ ...recordAt(2), appendedAt: 1_000 }, ...records(3, 9)]);
    feed.push(records(2, 9));
    expect(calls).toEqual(['foreign']);
    expect(await feed.next()).toBeNull();
  });

  it('that retention removed meanwhile: the log begins at the position, or what is missing is lost', async () => {
    for (const [start, told] of [
      [3, 'seek 3'],
      [4, 'lost'],
    ] as const) {
      const feed = aFeed(3, { isLastApplied: isThird, logStart: async () => start as Offset });
      feed.push(records(start, 9));
      feed.push(records(start, 9));
      await pass(0);
      expect(calls).toEqual(['seek 2', told]);
      feed.push(records(3, 5));
      expect(await soon(feed)).toEqual(start === 3 ? [3, 4] : null);
    }
  });

  it('that is missing: as if it were another one', async () => {
    const feed = aFeed(3, { isLastApplied: isThird });
    feed.push(records(3, 9));
    feed.push(records(3, 9));
    await pass(0);
    expect(calls).toEqual(['seek 2', 'foreign']);
    expect(await feed.next()).toBeNull();
  });
});
