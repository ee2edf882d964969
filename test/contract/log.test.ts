import type { Offset } from '../../src/domain/ids.js';
import type { OutgoingRecord } from '../../src/ports/log.js';
import { LOGS, type LogServer, type LogSide, PARTITIONS } from './log-sides.js';
import type { Member } from './member.js';

const record = (partition: number, value: string): OutgoingRecord => ({ partition, key: `key-${partition}`, value });
/** So many records of a partition, in one request. */
const records = (partition: number, ...values: readonly (string | number)[]): OutgoingRecord[] =>
  values.map((value) => record(partition, String(value)));

/** What the service relies on of the log: the same of the model that the simulator runs on, and of the server. */
describe.each(LOGS)('on %s', (_, open) => {
  let server: LogServer;
  let side: LogSide;
  beforeAll(async () => {
    server = await open();
  });
  beforeEach(async () => {
    side = await server.topic();
  });
  afterEach(() => side?.close());
  afterAll(() => server?.close());

  const values = (member: Member, partition: number): string[] => member.of(partition).map(({ value }) => String(value));
  const hears = (member: Member, partition: number, count: number): Promise<void> => side.until(() => member.of(partition).length >= count);

  test('a send is told the first offset in each partition, and lies there side by side in its order', async () => {
    const { producer } = side;
    const member = await side.join();
    const nothing = { start: 0, end: 0 };
    expect([member.owned, [...(await member.consumer.ends())].sort()]).toEqual([
      [0, 1, 2],
      [
        [0, nothing],
        [1, nothing],
        [2, nothing],
      ],
    ]);
    const mixed = [record(0, 'a'), record(2, 'b'), record(0, 'c'), record(2, 'd'), record(0, 'e')];
    expect(await producer.send(mixed)).toEqual(
      new Map([
        [0, 0],
        [2, 0],
      ]),
    );
    expect(await producer.send([record(2, 'f'), record(1, 'g')])).toEqual(
      new Map([
        [2, 2],
        [1, 0],
      ]),
    );
    const atOnce = [records(1, 1, 2, 3), records(1, 4, 5), records(1, 6)];
    const firsts = await Promise.all(atOnce.map(async (sent) => (await producer.send(sent)).get(1)));
    expect(await member.consumer.ends()).toEqual(new Map([3, 7, 3].map((end, partition) => [partition, { start: 0, end }])));
    await Promise.all([hears(member, 0, 3), hears(member, 1, 7), hears(member, 2, 3)]);
    expect([values(member, 0), values(member, 2), values(member, 1)[0]]).toEqual([['a', 'c', 'e'], ['b', 'd', 'f'], 'g']);
    for (const [at, sent] of atOnce.entries()) {
      const first = firsts[at]!;
      expect(values(member, 1).slice(first, first + sent.length)).toEqual(sent.map(({ value }) => value));
    }
    expect(member.offsets(1)).toEqual([0, 1, 2, 3, 4, 5, 6]);
    const found = member.of(0);
    expect(found.map(({ key }) => String(key))).toEqual(['key-0', 'key-0', 'key-0']);
    expect(found.every(({ appendedAt }, at) => appendedAt >= (found[at - 1]?.appendedAt ?? 1_600_000_000_000))).toBe(true);
  });

  test('a member is told where to go: there it begins, and what it has heard comes again the same', async () => {
    await side.producer.send(records(1, 'a', 'b', 'c', 'd', 'e'));
    const member = await side.join();
    await hears(member, 1, 5);
    const first = member.of(1);
    member.seek(1, 2);
    await hears(member, 1, 3);
    expect(member.of(1)).toEqual(first.slice(2));
    member.seek(1, 4);
    member.seek(1, 1);
    await hears(member, 1, 4);
    expect(member.of(1)).toEqual(first.slice(1));
    // The end: what comes from now on.
    member.seek(1, 5);
    await side.producer.send(records(1, 'f'));
    await hears(member, 1, 1);
    expect([member.offsets(1), values(member, 1)]).toEqual([[5], ['f']]);
  });

  test('a member that is told to go where nothing is goes to the beginning, without a word', async () => {
    await side.producer.send(records(1, 'a', 'b'));
    const member = await side.join();
    await hears(member, 1, 2);
    member.seek(1, 9);
    await hears(member, 1, 2);
    expect(member.offsets(1)).toEqual([0, 1]);
  });

  test('a partition that is paused brings nothing until it is resumed, and then all of it; the others go on', async () => {
    await side.producer.send([...records(0, 'a'), ...records(1, 'a')]);
    const member = await side.join();
    await Promise.all([hears(member, 0, 1), hears(member, 1, 1)]);
    member.consumer.pause(1);
    await side.producer.send(records(1, 'b', 'c'));
    for (const value of ['b', 'c', 'd']) await side.producer.send(records(0, value));
    await hears(member, 0, 4);
    expect(values(member, 1)).toEqual(['a']);
    // Told where to go it stays paused.
    member.seek(1, 1);
    await side.producer.send(records(0, 'e'));
    await hears(member, 0, 5);
    expect(values(member, 1)).toEqual([]);
    member.consumer.resume(1);
    await hears(member, 1, 2);
    await side.producer.send(records(1, 'd'));
    await hears(member, 1, 3);
    expect([values(member, 1), member.offsets(1), member.offsets(0)]).toEqual([
      ['b', 'c', 'd'],
      [1, 2, 3],
      [0, 1, 2, 3, 4],
    ]);
  });

  test('paused and resumed at once, each record comes once', async () => {
    await side.producer.send(records(0, ...Array.from({ length: 30 }, (_, at) => at)));
    const member = await side.join();
    for (let times = 0; times < 5; times += 1) {
      member.consumer.pause(0);
      member.consumer.resume(0);
    }
    await hears(member, 0, 30);
    await side.producer.send(records(0, 'last'));
    await hears(member, 0, 31);
    expect(member.offsets(0)).toEqual(Array.from({ length: 31 }, (_, at) => at));
  });

  test('who comes next begins where the group was told, and at the beginning where it was told nothing', async () => {
    await side.producer.send([...records(0, 'a', 'b', 'c', 'd'), ...records(1, 'a', 'b')]);
    const member = await side.join();
    await Promise.all([hears(member, 0, 4), hears(member, 1, 2)]);
    await member.consumer.commit(new Map([[0, 3 as Offset]]));
    // It moves nobody who is there.
    await side.producer.send(records(0, 'e'));
    await hears(member, 0, 5);
    expect(member.offsets(0)).toEqual([0, 1, 2, 3, 4]);
    const many = Array.from({ length: 60 }, (_, at) => at);
    await side.producer.send(records(2, ...many));
    await member.consumer.stop();
    // From now on it hears nothing more, whatever was on its way.
    const heard = member.offsets(2);
    const next = await side.join();
    await Promise.all([hears(next, 0, 2), hears(next, 1, 2), hears(next, 2, many.length)]);
    expect([member.offsets(2), next.offsets(2)]).toEqual([heard, many]);
    expect([next.offsets(0), next.offsets(1)]).toEqual([
      [3, 4],
      [0, 1],
    ]);
  });

  test('at rest each partition has one owner, who alone hears of it; who leaves hears nothing more', async () => {
    const all = Array.from({ length: PARTITIONS }, (_, partition) => partition);
    const first = await side.join();
    await side.until(() => first.owned?.length === PARTITIONS);
    first.consumer.pause(0);
    const second = await side.join();
    const isDivided = (): boolean => {
      const owned = [...first.owned!, ...second.owned!].sort((a, b) => a - b);
      return owned.length === PARTITIONS && owned.every((partition, at) => partition === at);
    };
    await side.until(isDivided);
    second.consumer.pause(0);
    for (const member of [first, second]) for (const partition of member.owned!) member.seek(partition, 0);
    await side.producer.send(all.flatMap((partition) => records(partition, 'a')));
    const ownerOf = (partition: number): Member => (first.owned!.includes(partition) ? first : second);
    await side.until(() => [1, 2].every((partition) => values(ownerOf(partition), partition).length === 1));
    expect(all.map((partition) => [...values(first, partition), ...values(second, partition)])).toEqual([[], ['a'], ['a']]);

    await second.consumer.stop();
    const heard = all.map((partition) => values(second, partition));
    await side.until(() => first.owned?.length === PARTITIONS);
    for (const partition of all) first.seek(partition, 0);
    await side.producer.send(all.flatMap((partition) => records(partition, 'b')));
    await side.until(() => [1, 2].every((partition) => values(first, partition).length === 2));
    // The pause of its own it has kept all the while.
    expect(values(first, 0)).toEqual([]);
    first.consumer.resume(0);
    await hears(first, 0, 2);
    expect(all.map((partition) => values(second, partition))).toEqual(heard);
  });
});
