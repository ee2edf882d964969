import { aStock } from '../../test/support/domain.js';
import { type Gate, gate, hurriedClock, settled } from '../../test/support/memory-clock.js';
import type { Offset } from '../domain/ids.js';
import type { Announcement } from '../ports/hints.js';
import { type AppliedNews, createAnnouncer } from './announcer.js';

const news = (nextOffset: number, decisions = 1): AppliedNews => ({
  ...{ nextOffset: nextOffset as Offset, decisions, reservations: [], stocks: [] },
});

function announcerOver(announce: (announcement: Announcement) => Promise<void>) {
  const dropped: unknown[] = [];
  const clock = hurriedClock();
  const announcer = createAnnouncer({ cache: { announce }, clock, onDropped: (error) => dropped.push(error) }, 3);
  return { ...announcer, dropped, clock };
}

test('announcements follow each other in the order of the commits, one at a time', async () => {
  const told: number[] = [];
  let held: Gate = gate();
  const announcer = announcerOver(async ({ nextOffset, partition }) => {
    expect(partition).toBe(3);
    told.push(nextOffset);
    await held.promise;
  });
  for (const offset of [1, 2, 3]) announcer.announce(news(offset));
  await settled();
  expect(told).toEqual([1]);
  held.open();
  held = gate();
  await settled();
  expect(told).toEqual([1, 2]);
  held.open();
  held = gate();
  held.open();
  await announcer.close();
  announcer.announce(news(4));
  await announcer.close();
  expect([told, announcer.dropped]).toEqual([[1, 2, 3, 4], []]);
});

test('one that fails is dropped, and those after it are told', async () => {
  const told: number[] = [];
  const announcer = announcerOver(async ({ nextOffset }) => {
    if (nextOffset === 2) throw new Error('away');
    told.push(nextOffset);
  });
  for (const offset of [1, 2, 3]) announcer.announce(news(offset));
  await settled();
  expect([told, announcer.dropped]).toEqual([[1, 3], [new Error('away')]]);
});

test('on the way out the first failure is the last: the next owner of the partition waits', async () => {
  let asked = 0;
  const announcer = announcerOver(async () => {
    asked += 1;
    throw new Error('away');
  });
  for (const offset of [1, 2, 3]) announcer.announce(news(offset));
  await announcer.close();
  expect(asked).toBe(1);
});

test('when Redis is too slow the oldest are dropped, never the latest', async () => {
  const told: number[] = [];
  const held = gate();
  const announcer = announcerOver(async ({ nextOffset }) => {
    told.push(nextOffset);
    await held.promise;
  });
  for (let offset = 1; offset <= 100; offset += 1) announcer.announce(news(offset));
  held.open();
  await announcer.close();
  expect(told).toEqual([1, ...Array.from({ length: 64 }, (_, at) => 37 + at)]);
  expect(announcer.dropped).toHaveLength(35);
});

test('the rate is that of about the last second, idle time included', async () => {
  const rates: number[] = [];
  const announcer = announcerOver(async ({ ratePerSecond }) => {
    rates.push(Math.round(ratePerSecond));
  });
  const chunkAfter = async (ms: number, decisions: number): Promise<number> => {
    await announcer.clock.sleep(ms);
    announcer.announce(news(1, decisions));
    await announcer.close();
    return rates.at(-1) as number;
  };
  for (let chunk = 0; chunk < 60; chunk += 1) await chunkAfter(100, 50);
  expect(rates.at(-1)).toBeGreaterThan(490);
  expect(rates.at(-1)).toBeLessThanOrEqual(500);
  expect(await chunkAfter(10_000, 50)).toBe(5);
});

test('the hint of a SKU that did not get through is told again, the newest of each only, until it does', async () => {
  const told: (readonly [string, number])[][] = [];
  let away = true;
  const announcer = announcerOver(async ({ stocks }) => {
    if (away) throw new Error('away');
    told.push(stocks.map(({ skuId, sequence }) => [skuId, sequence] as const));
  });
  const stock = (sequence: number) => ({ ...aStock(), sequence });
  announcer.announce({ ...news(1), stocks: [stock(1)] });
  announcer.announce({ ...news(2), stocks: [stock(2)] });
  await settled();
  expect(told).toEqual([]);
  away = false;
  await settled();
  expect(told).toEqual([[[aStock().skuId, 2]]]);
  announcer.announce(news(3));
  await announcer.close();
  expect(told).toEqual([[[aStock().skuId, 2]], []]);
});

test("a SKU's newer hint that was dropped is not forgotten when an older one gets through", async () => {
  const told: number[] = [];
  const held = gate();
  const announcer = announcerOver(async ({ stocks }) => {
    if (told.length === 0) await held.promise;
    told.push(...stocks.map(({ sequence }) => sequence));
  });
  announcer.announce({ ...news(1), stocks: [aStock({ sequence: 1 })] });
  announcer.announce({ ...news(2), stocks: [aStock({ sequence: 2 })] });
  for (let offset = 3; offset < 67; offset += 1) announcer.announce(news(offset));
  expect(announcer.dropped).toHaveLength(1);
  held.open();
  await settled(200);
  expect(told).toEqual([1, 2]);
});
