import { gate, settled } from '../../test/support/memory-clock.js';
import { chunkOf, configureOf, logOf, reserveOf, skuNamed } from '../../test/support/memory-log.js';
import { brokenConnection, MemoryStore, type StoreCall, sqlError } from '../../test/support/memory-store.js';
import { testWriter } from '../../test/support/memory-writer.js';
import { Withdrawn } from './errors.js';
import { PartitionStopped } from './partition-writer.js';

const HOT = skuNamed('hot');
const LOG = logOf([configureOf('hot', 2), reserveOf('hot', 'ann'), reserveOf('hot', 'bob'), reserveOf('hot', 'cy')]);
const EACH = LOG.map((record) => chunkOf([record]));
/** Each decision's reason in the ledger, or its outcome. */
const answersIn = (store: MemoryStore): string[] => store.ledgerOf(HOT).lines.map((line) => JSON.parse(line)[4] ?? JSON.parse(line)[3]);
const ALL_ANSWERS = ['CONFIGURED', 'RESERVED', 'RESERVED', 'SOLD_OUT'];

let store: MemoryStore;
beforeEach(() => {
  store = new MemoryStore();
});

/** Makes the n-th call of this kind fail, before or after it has done its work. */
function failing(call: StoreCall, nth: number, error: Error, when: 'before' | 'after' = 'before'): void {
  let seen = 0;
  store[when] = (name) => {
    if (name !== call) return;
    seen += 1;
    if (seen === nth) throw error;
  };
}

describe('in good weather', () => {
  it('applies the chunks in order and tells each once', async () => {
    const writer = testWriter(store, EACH);
    await writer.run();
    expect(answersIn(store)).toEqual(ALL_ANSWERS);
    expect(writer.appliedOffsets()).toEqual([[0], [1], [2], [3]]);
    expect(writer.failures).toEqual([]);
  });

  it('decides one chunk while the one before it is written, and no third', async () => {
    const writing = gate();
    let loads = 0;
    store.before = (call) => {
      if (call === 'load') loads += 1;
      return call === 'commit' ? writing.promise : undefined;
    };
    const writer = testWriter(store, EACH);
    const running = writer.run();
    await settled();
    expect([loads, store.statements.length, writer.applied.length]).toEqual([2, 1, 0]);
    writing.open();
    await running;
    expect([loads, answersIn(store)]).toEqual([4, ALL_ANSWERS]);
  });

  it('tells a chunk only after the one before it, also where its own statement was done earlier', async () => {
    const letters = gate();
    store.before = (call) => (call === 'keepDeadLetters' ? letters.promise : undefined);
    const writer = testWriter(store, [chunkOf(logOf(['no command'])), chunkOf(logOf([configureOf('hot', 2)], 1))]);
    const running = writer.run();
    await settled();
    expect([store.entries.length, writer.applied.length]).toEqual([1, 0]);
    letters.open();
    await running;
    expect(writer.appliedOffsets()).toEqual([[0], [1]]);
  });

  it('a chunk without a command reads nothing and leaves its dead letters', async () => {
    store.before = (call) => {
      if (call !== 'keepDeadLetters') throw new Error(`${call} was asked`);
    };
    const writer = testWriter(store, [chunkOf(logOf(['no command', '{}']))]);
    await writer.run();
    expect([...store.letters.values()].map(({ offset, reason }) => [offset, reason])).toEqual([
      [0, 'INVALID_JSON'],
      [1, 'UNKNOWN_VERSION'],
    ]);
    expect(writer.applied[0]?.deadLetters).toHaveLength(2);
  });
});

describe('a failure that passes', () => {
  const CALLS: [StoreCall, 'before' | 'after'][] = [
    ['load', 'before'],
    ['commit', 'before'],
    ['commit', 'after'],
  ];

  describe.each(CALLS)('of %s, %s it has done its work', (call, when) => {
    it.each([1, 2, 3, 4])('the %dth time', async (nth) => {
      failing(call, nth, brokenConnection(), when);
      const writer = testWriter(store, EACH);
      await writer.run();
      expect(answersIn(store)).toEqual(ALL_ANSWERS);
      expect(writer.appliedOffsets()).toEqual([[0], [1], [2], [3]]);
      expect(writer.failures.length).toBeGreaterThan(0);
    });
  });

  it('nothing is decided on top of a chunk that could not be read, though the next one is there already', async () => {
    const reading = gate();
    let loads = 0;
    store.before = (call) => {
      if (call !== 'load') return;
      loads += 1;
      return loads === 1 ? reading.promise : undefined;
    };
    const writer = testWriter(store, EACH);
    const running = writer.run();
    await settled();
    reading.fail(brokenConnection());
    await running;
    expect(store.entries.map(({ firstOffset }) => firstOffset)).toEqual([0, 1, 2, 3]);
  });

  it('nothing is tried again while a chunk on top of the failed one is still being written', async () => {
    const second = gate();
    let loads = 0;
    store.before = (call) => {
      if (call === 'load') loads += 1;
      if (call !== 'commit' || store.statements.length > 2) return;
      return store.statements.length === 1 ? Promise.reject(brokenConnection()) : second.promise;
    };
    const writer = testWriter(store, EACH.slice(0, 2));
    const running = writer.run();
    await settled();
    expect([store.statements.length, loads]).toEqual([2, 2]);
    second.open();
    await running;
    expect([answersIn(store), writer.appliedOffsets()]).toEqual([
      ['CONFIGURED', 'RESERVED'],
      [[0], [1]],
    ]);
  });

  it('dead letters that could not be kept are kept later, and the chunk is told once', async () => {
    failing('keepDeadLetters', 1, brokenConnection());
    const writer = testWriter(store, [chunkOf(logOf([configureOf('hot', 2), 'no command'])), chunkOf(logOf([reserveOf('hot')], 2))]);
    await writer.run();
    expect([...store.letters.keys()]).toEqual([1]);
    expect(writer.appliedOffsets()).toEqual([[0, 1], [2]]);
    expect(answersIn(store)).toEqual(['CONFIGURED', 'RESERVED']);
  });

  it('tries again ever more slowly, up to a second, with jitter', async () => {
    let left = 12;
    store.before = (call) => {
      if (call === 'load' && left-- > 0) throw sqlError('53100');
    };
    const writer = testWriter(store, EACH.slice(0, 1), { fraction: () => 0.5 });
    await writer.run();
    expect(writer.clock.slept).toEqual([10, 20, 40, 80, 160, 320, 500, 500, 500, 500, 500, 500]);
    expect(writer.failures.map(([attempt]) => attempt)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
  });

  it('never counts as the fault of the data, however often it comes', async () => {
    let left = 9;
    store.before = (call) => {
      if (call === 'commit' && left-- > 0) throw left % 3 === 0 ? sqlError('40P01') : brokenConnection();
    };
    await testWriter(store, EACH).run();
    expect(answersIn(store)).toEqual(ALL_ANSWERS);
  });
});

describe('a failure that is the fault of the data', () => {
  it('sets records aside when it comes again alike, and stops the partition when none can be applied, and says why', async () => {
    store.before = (call) => {
      if (call === 'commit') throw sqlError('23514');
    };
    const writer = testWriter(store, EACH);
    const stopped = await writer.run().catch((error: unknown) => error);
    expect(stopped).toBeInstanceOf(PartitionStopped);
    expect(stopped).toMatchObject({
      message: 'partition 0 stopped: more than 3 records cannot be applied, and none between them could; the last: SQLSTATE 23514',
      cause: { cause: { code: '23514' } },
    });
    expect([writer.appliedOffsets(), store.entries.length]).toEqual([[[0], [1], [2]], 0]);
    expect([...store.letters.values()].map(({ offset, reason }) => [offset, reason])).toEqual([0, 1, 2].map((at) => [at, 'UNAPPLICABLE']));
  });

  it('is forgiven once, and nothing is lost by it', async () => {
    failing('commit', 1, sqlError('23505'));
    const writer = testWriter(store, EACH);
    await writer.run();
    expect(answersIn(store)).toEqual(ALL_ANSWERS);
    expect(writer.appliedOffsets()).toEqual([[0], [1], [2], [3]]);
  });
});

describe('the partition goes to another owner', () => {
  it('what is being written is finished and told; what waits behind it is not sent', async () => {
    const writing = gate();
    store.before = (call) => (call === 'commit' ? writing.promise : undefined);
    const writer = testWriter(store, EACH);
    const running = writer.run().catch((error: unknown) => error);
    await settled();
    writer.disown();
    writing.open();
    expect(await running).toBeInstanceOf(Withdrawn);
    expect(store.statements).toHaveLength(1);
    expect(writer.appliedOffsets()).toEqual([[0]]);
  });

  it('a chunk that failed is not tried again', async () => {
    const writing = gate();
    store.before = (call) => (call === 'commit' ? writing.promise : undefined);
    const writer = testWriter(store, EACH.slice(0, 1));
    const running = writer.run().catch((error: unknown) => error);
    await settled();
    writer.disown();
    writing.fail(brokenConnection());
    expect(await running).toBeInstanceOf(Withdrawn);
    expect([store.statements.length, writer.applied.length]).toEqual([1, 0]);
  });
});
