import { gate, settled } from '../../test/support/memory-clock.js';
import { chunkOf, commandsIn, configureOf, logOf, reserveOf, skuNamed, type Written } from '../../test/support/memory-log.js';
import { brokenConnection, MemoryStore, sqlError } from '../../test/support/memory-store.js';
import { testWriter } from '../../test/support/memory-writer.js';
import { groupBySku } from './commands-by-sku.js';
import { StaleMemory } from './errors.js';
import type { Chunk } from './partition-writer.js';
import { prepare, whatToLoad } from './prepare.js';

const HOT = skuNamed('hot');
const eachOf = (written: readonly Written[], from = 0): Chunk[] => logOf(written, from).map((record) => chunkOf([record]));

let store: MemoryStore;
/** The SKUs of each read. */
let loads: (readonly string[])[];
beforeEach(() => {
  store = new MemoryStore();
  loads = [];
  onCommit(() => undefined);
});

function onCommit(happens: () => void | Promise<void>): void {
  store.before = (call, skuIds) => {
    if (call === 'load') loads.push(skuIds);
    return call === 'commit' ? happens() : undefined;
  };
}

/** Somebody else decides these, from where the store stands. */
function decidedElsewhere(written: readonly Written[], from = 0): void {
  const groups = groupBySku(commandsIn(logOf(written, from)));
  store.apply([...prepare(groups, store.look(whatToLoad(groups)), [], 0).batches.values()]);
}
const answers = (): string[] => store.ledgerOf(HOT).lines.map((line) => JSON.parse(line)[4] ?? JSON.parse(line)[3]);
const remembering = (chunks: readonly Chunk[]) => testWriter(store, chunks, { remembers: true });

describe('a chunk of remembered SKUs', () => {
  it("is decided without a read; the first of a SKU, and an operator's change, are not", async () => {
    const users = [
      configureOf('hot', 3),
      reserveOf('hot', 'ann'),
      reserveOf('hot', 'bob'),
      configureOf('hot', null, { perUserLimit: 1 }, 1),
    ];
    await remembering(eachOf([...users, reserveOf('hot', 'ann', 'k2'), reserveOf('hot', 'cy'), reserveOf('hot', 'di')])).run();
    expect(answers()).toEqual(['CONFIGURED', 'RESERVED', 'RESERVED', 'CONFIGURED', 'USER_LIMIT_EXCEEDED', 'RESERVED', 'SOLD_OUT']);
    expect(loads).toEqual([['hot'], ['hot']]);
  });

  it('reads only the SKUs it does not know', async () => {
    const log = logOf([configureOf('hot', 3), reserveOf('hot', 'ann'), configureOf('warm', 1), reserveOf('warm', 'ann')]);
    await remembering([chunkOf(log.slice(0, 1)), chunkOf(log.slice(1))]).run();
    expect(loads).toEqual([['hot'], ['warm']]);
    expect([...store.rows.values()].map(({ status }) => status)).toEqual(['RESERVED', 'RESERVED']);
  });

  it('is decided while the one before it is still being written', async () => {
    const writing = gate();
    onCommit(() => writing.promise);
    const writer = remembering(eachOf([configureOf('hot', 3), reserveOf('hot', 'ann'), reserveOf('hot', 'bob')]));
    const running = writer.run();
    await settled();
    expect([loads.length, writer.applied.length]).toEqual([1, 0]);
    writing.open();
    await running;
    expect([loads.length, answers()]).toEqual([1, ['CONFIGURED', 'RESERVED', 'RESERVED']]);
  });

  it('a repeat made lately is known without a read', async () => {
    const writer = remembering(
      eachOf([configureOf('hot', 3), reserveOf('hot', 'ann'), reserveOf('hot', 'ann'), reserveOf('hot', 'ann', 'k1', 2)]),
    );
    await writer.run();
    expect(answers()).toEqual(['CONFIGURED', 'RESERVED', 'DUPLICATE', 'KEY_REUSED']);
    expect([loads.length, writer.failures]).toEqual([1, []]);
  });
});

describe('an id taken for new that was decided long ago, by another owner', () => {
  const EARLIER = [configureOf('hot', 2), reserveOf('hot', 'ann')];

  it.each([1, 2])('is a DUPLICATE in the end, with %d chunks under way on top of it, and nothing is sold twice', async (after) => {
    decidedElsewhere(EARLIER);
    const later = ['bob', 'cy'].slice(0, after).map((user) => reserveOf('hot', user));
    const news = [reserveOf('hot', 'x'), reserveOf('hot', 'y')].map((command) => ({ ...command, decideBy: 1 }));
    const writer = remembering(eachOf([...news, reserveOf('hot', 'ann'), ...later], 2));
    await writer.run();
    const late = ['DEADLINE_EXCEEDED', 'DEADLINE_EXCEEDED'];
    expect(answers()).toEqual(['CONFIGURED', 'RESERVED', ...late, 'DUPLICATE', 'RESERVED', 'SOLD_OUT'].slice(0, 5 + after));
    expect(store.stocks.get(HOT)?.reserved).toBe(2);
    expect(writer.failures[0]?.[1]).toBeInstanceOf(StaleMemory);
    expect(writer.appliedOffsets().flat()).toEqual([2, 3, 4, 5, 6].slice(0, 3 + after));
  });

  it('makes ids be looked up for a while after, so that more of them fail nothing', async () => {
    decidedElsewhere([...EARLIER, reserveOf('hot', 'bob'), reserveOf('hot', 'cy')]);
    const news = ['n1', 'n2', 'n3', 'n4', 'n5', 'n6'].map((user) => reserveOf('hot', user));
    const [ann, bob, cy] = ['ann', 'bob', 'cy'].map((user) => reserveOf('hot', user)) as [Written, Written, Written];
    const later = news.map(({ userId }) => reserveOf('hot', userId, 'k2'));
    const beforeChunk = (): Promise<void> => settled(3);
    const writer = testWriter(store, eachOf([...news, ann, ...later, bob, cy], 4), { remembers: true, beforeChunk });
    await writer.run();
    expect([answers()[10], ...answers().slice(17)]).toEqual(['DUPLICATE', 'DUPLICATE', 'DUPLICATE']);
    expect(writer.failures.map(([, error]) => error instanceof StaleMemory)).toEqual([true]);
  });

  it('in a chunk of which another SKU was read, is the fault of the memory all the same', async () => {
    decidedElsewhere(EARLIER);
    const news = ['n1', 'n2', 'n3', 'n4'].map((user) => reserveOf('hot', user));
    const both = chunkOf(logOf([reserveOf('hot', 'ann'), reserveOf('warm', 'ann')], 6));
    const writer = testWriter(store, [...eachOf(news, 2), both], { remembers: true, beforeChunk: () => settled(3) });
    await writer.run();
    expect(answers().at(-1)).toBe('DUPLICATE');
    expect(writer.failures.map(([, error]) => error instanceof StaleMemory)).toEqual([true]);
  });
});

describe('what is remembered is not trusted any more', () => {
  const SALE = [configureOf('hot', 3), reserveOf('hot', 'ann'), reserveOf('hot', 'bob'), reserveOf('hot', 'cy'), reserveOf('hot', 'di')];

  it('after a lost compare-and-set: it is read again, and decided on what the rival left', async () => {
    onCommit(() => {
      if (store.statements.length === 3) decidedElsewhere(SALE.slice(2, 4), 2);
    });
    const late = ['ed', 'flo', 'gus'].map((user) => reserveOf('hot', user));
    const writer = remembering(eachOf([...SALE, ...late]));
    await writer.run();
    expect(answers()).toEqual(['CONFIGURED', 'RESERVED', 'RESERVED', 'RESERVED', 'SOLD_OUT', 'SOLD_OUT', 'SOLD_OUT', 'SOLD_OUT']);
    // The chunk that lost and the one on top of it: none after them.
    expect(writer.failures.length).toBeLessThanOrEqual(2);
    expect(String(writer.failures[0]?.[1])).toContain('another writer has committed the SKU hot');
    expect([loads.length > 1, writer.appliedOffsets().flat()]).toEqual([true, [0, 1, 2, 3, 4, 5, 6, 7]]);
  });

  it.each([
    ['a connection that broke', brokenConnection()],
    ['a full disk', sqlError('53100')],
  ])('after %s, and ids are not doubted for that', async (_, error) => {
    onCommit(() => {
      if (store.statements.length === 2) throw error;
    });
    const writer = remembering(eachOf(SALE));
    await writer.run();
    expect(answers()).toEqual(['CONFIGURED', 'RESERVED', 'RESERVED', 'RESERVED', 'SOLD_OUT']);
    expect(writer.failures[0]?.[1]).toBe(error);
    expect(writer.failures.some(([, failure]) => failure instanceof StaleMemory)).toBe(false);
  });

  it('an id that was there although it had been looked for is the fault of the data, not of the memory', async () => {
    store.before = (call) => {
      if (call === 'commit') throw sqlError('23505');
    };
    const writer = testWriter(store, eachOf(SALE));
    await expect(writer.run()).rejects.toThrow('the last: SQLSTATE 23505');
    expect(writer.failures.some(([, failure]) => failure instanceof StaleMemory)).toBe(false);
  });
});
