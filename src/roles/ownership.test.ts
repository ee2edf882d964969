import { until } from '../../infra/local/testing/until.js';
import { configureOf, logOf, reserveOf, skuNamed } from '../../test/support/memory-log.js';
import { aProcess, append, at, decided, endProcesses } from '../../test/support/memory-process.js';
import { brokenConnection, MemoryStore, sqlError } from '../../test/support/memory-store.js';
import { MemoryTopic } from '../../test/support/memory-topic.js';
import { fingerprint } from '../log/fingerprint.js';
import type { RawRecord } from '../ports/log.js';

afterEach(endProcesses);

it('decides what it owns, gives up what goes to others with its position stored, and the next owner goes on there', async () => {
  const [topic, store] = [new MemoryTopic(2), new MemoryStore()];
  const { ownership, announced } = await aProcess(topic, store);
  for (const partition of [0, 1]) append(topic, partition, ['ann', 'bob']);
  topic.assign([0, 1]);
  await until('both are decided', () => decided(store, topic, 0) === 3 && decided(store, topic, 1) === 3);
  topic.assign([0]);
  await until('one is given up', () => !ownership.owned().has(1));
  expect(store.stored.get(1)).toMatchObject({ nextOffset: 3, fingerprint: fingerprint(topic.records.get(1)?.[2] as RawRecord) });
  append(topic, 1, ['cy'], false);
  append(topic, 0, ['cy'], false);
  await until('what stayed goes on', () => decided(store, topic, 0) === 4);
  expect([decided(store, topic, 1), [...ownership.owned().keys()]]).toEqual([3, [0]]);

  topic.assign([0, 1]);
  await until('it is decided after all', () => decided(store, topic, 1) === 4);
  await ownership.close();
  expect([store.stored.get(0)?.nextOffset, store.stored.get(1)?.nextOffset, topic.committed.get(1)]).toEqual([4, 4, 4]);
  expect(
    announced
      .filter(({ partition }) => partition === 1)
      .map(({ nextOffset }) => nextOffset)
      .at(-1),
  ).toBe(4);
  expect(announced.flatMap(({ reservations }) => reservations.map(({ userId }) => userId)).sort()).toEqual([
    'ann',
    'ann',
    'bob',
    'bob',
    'cy',
    'cy',
  ]);
});

it('what fits the database is resumed, what does not is stopped with its reason, and the others go on', async () => {
  const [topic, store] = [new MemoryTopic(4), new MemoryStore()];
  for (const partition of [0, 1, 2, 3]) append(topic, partition, ['ann', 'bob', 'cy']);
  at(store, 0, 1, { fingerprint: fingerprint(topic.records.get(0)?.[0] as RawRecord) });
  at(store, 1, 1, { fingerprint: 'another' });
  at(store, 2, 99);
  const { ownership, stopped, log } = await aProcess(topic, store);
  topic.assign([0, 1, 2]);
  await until('all are judged', () => decided(store, topic, 0) === 3 && [...ownership.owned().values()].filter(Boolean).length === 2);
  expect(ownership.owned()).toEqual(new Map([...[[0, null] as const], [1, 'FOREIGN_LOG'], [2, 'LOG_TRUNCATED']]));
  topic.start0 = 2;
  at(store, 3, 1);
  topic.assign([0, 3]);
  await until('records are missing', () => ownership.owned().get(3) === 'RECORDS_LOST');
  expect([1, 2, 3].map((partition) => decided(store, topic, partition))).toEqual([0, 0, 0]);
  expect(
    stopped
      .filter(([, isStopped]) => isStopped)
      .map(([partition]) => partition)
      .sort(),
  ).toEqual([1, 2, 3]);
  const told = log.lines.filter(({ level }) => level === 'error').map(({ message }) => message);
  expect(told).toEqual(Array(3).fill(expect.stringMatching(/^partition \d is stopped .*; see docs\/runbooks\/partition-stopped\.md$/)));
  topic.assign([0]);
  await until('it is given up', () => !ownership.owned().has(3));
  // Else the alarm would ring on for a partition that somebody else decides.
  expect([1, 2, 3].map((partition) => stopped.findLast(([of]) => of === partition)?.[1])).toEqual([false, false, false]);
});

it('a partition that was added to the topic is left alone, and says so', async () => {
  const [topic, store] = [new MemoryTopic(2), new MemoryStore()];
  topic.records.set(2, []);
  const { ownership, stopped, letters, log } = await aProcess(topic, store);
  topic.assign([0, 1, 2]);
  for (const partition of [0, 1, 2]) topic.append(partition, [configureOf(topic.skuIn(partition % 2), 500)]);
  await until('the others decide', () => [0, 1].every((partition) => decided(store, topic, partition) === 1));
  expect(ownership.owned().get(2)).toBe('UNUSED');
  expect(stopped.at(-1)).toEqual([2, true]);
  expect(log.lines.filter(({ level }) => level === 'error')).toHaveLength(1);
  topic.assign([]);
  await until('all is given up', () => ownership.owned().size === 0);
  expect([letters, store.stored.has(2)]).toEqual([[], false]);
});

it('the fingerprint outlives its record, so that a topic that was recreated since is still noticed', async () => {
  const [topic, store] = [new MemoryTopic(1), new MemoryStore()];
  append(topic, 0, ['ann', 'bob']);
  at(store, 0, 3, { fingerprint: 'of the third record' });
  topic.start0 = 3;
  const { ownership } = await aProcess(topic, store);
  topic.assign([0]);
  await until('it is idle', () => store.stored.get(0)?.appliedThrough !== null);
  expect(store.stored.get(0)?.fingerprint).toBe('of the third record');
  topic.assign([]);
  topic.start0 = 0;
  topic.assign([0]);
  await until('it is stopped', () => ownership.owned().get(0) === 'FOREIGN_LOG');
});

it('a database or a log that does not answer at take-over is asked again, and nothing is begun twice', async () => {
  const [topic, store] = [new MemoryTopic(2), new MemoryStore()];
  const positions = store.positions.bind(store);
  let left = 2;
  store.positions = async (partitions) => {
    if (left-- > 0) throw brokenConnection();
    return positions(partitions);
  };
  topic.silent.add(1);
  const { ownership, log } = await aProcess(topic, store);
  for (const partition of [0, 1]) append(topic, partition, ['ann']);
  topic.assign([0, 1]);
  await until(
    'it was tried a few times',
    () => log.lines.filter(({ message }) => message === 'cannot take over partitions yet').length > 4,
  );
  topic.silent.clear();
  await until('both are decided', () => decided(store, topic, 0) === 2 && decided(store, topic, 1) === 2);
  expect([...ownership.owned().keys()].sort()).toEqual([0, 1]);
  expect(topic.seeks.toSorted()).toEqual([
    [0, 0],
    [1, 0],
  ]);
});

it('nothing but poison stops its partition and no other; undecodable records stop nothing', async () => {
  const [topic, store] = [new MemoryTopic(2), new MemoryStore()];
  const bad = skuNamed(topic.skuIn(0));
  store.before = (call, skuIds) => {
    if (call === 'commit' && skuIds.includes(bad)) throw sqlError('23514');
  };
  const { ownership, letters, stopped, log } = await aProcess(topic, store);
  append(topic, 0, ['ann', 'bob', 'cy']);
  append(topic, 1, ['ann']);
  topic.append(1, [
    'no command',
    reserveOf(topic.skuIn(0), 'in the wrong partition'.replaceAll(' ', '-')),
    reserveOf(topic.skuIn(1), 'bob'),
  ]);
  topic.assign([0, 1]);
  await until('one is stopped and the other decided', () => ownership.owned().get(0) === 'POISON' && decided(store, topic, 1) === 3);
  expect(ownership.owned().get(1)).toBeNull();
  // Three of the one partition were set aside before it was given up, two of the other are none.
  expect([...letters].sort()).toEqual([0, 1, 2, 2, 3]);
  expect(log.lines.filter(({ level }) => level === 'error').map(({ message }) => message)).toEqual([
    expect.stringMatching(/^partition 0 is stopped \(POISON\): more than 3 records .*; see docs\/runbooks\/partition-stopped\.md$/),
  ]);
  topic.assign([1]);
  await until('it is given up', () => !ownership.owned().has(0));
  expect(stopped.findLast(([partition]) => partition === 0)).toEqual([0, false]);
});

it('a cache that does not answer holds nothing up', async () => {
  const [topic, store] = [new MemoryTopic(1), new MemoryStore()];
  const { failures } = await aProcess(topic, store, () => Promise.reject(new Error('away')));
  append(topic, 0, ['ann', 'bob']);
  topic.assign([0]);
  await until('it is decided', () => decided(store, topic, 0) === 3);
  await until('the loss is told', () => failures.length > 0);
});

it('at the end what is being written is finished, and the positions are stored', async () => {
  const [topic, store] = [new MemoryTopic(1), new MemoryStore()];
  let writing = false;
  store.before = async (call) => {
    if (call !== 'commit') return;
    writing = true;
    for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  };
  const { ownership } = await aProcess(topic, store);
  append(topic, 0, ['ann', 'bob']);
  topic.assign([0]);
  await until('a commit is under way', () => writing);
  await ownership.close();
  expect([decided(store, topic, 0), store.stored.get(0)?.nextOffset, ownership.owned().size]).toEqual([3, 3, 0]);
});

it('a topic that is made anew while nobody could see it is noticed, also where it is longer already', async () => {
  const [topic, store] = [new MemoryTopic(1), new MemoryStore()];
  const { ownership } = await aProcess(topic, store);
  append(topic, 0, ['ann', 'bob']);
  topic.assign([0]);
  await until('it is decided', () => decided(store, topic, 0) === 3);
  const { ends } = topic;
  let looks = 0;
  topic.ends = async () => {
    looks += 1;
    throw new Error('no such topic');
  };
  await until('it is out of sight', () => looks > 0);
  topic.records.set(
    0,
    logOf(
      ['ann', 'cy', 'dan'].map((buyer) => reserveOf(topic.skuIn(0), buyer)),
      0,
    ),
  );
  topic.ends = ends;
  await until('it is stopped', () => ownership.owned().get(0) === 'FOREIGN_LOG');
  append(topic, 0, ['eve'], false);
  await ownership.close();
  expect(decided(store, topic, 0)).toBe(3);
});
