import { aSnapshot, NOW } from '../../test/support/domain.js';
import { type Gate, gate, settled } from '../../test/support/memory-clock.js';
import { commandsIn, configureOf, decidedInOneGo, logOf, reserveOf, skuNamed } from '../../test/support/memory-log.js';
import { brokenConnection, MemoryStore, sqlError } from '../../test/support/memory-store.js';
import { decide } from '../domain/decide.js';
import type { SkuBatch } from '../domain/decision.js';
import { Withdrawn } from './errors.js';
import { createGroupCommit, type SubmitBatch } from './group-commit.js';

const always = (): boolean => true;

/** A SKU's first batch, of so many commands. */
function aBatch(sku: string, commands = 1): SkuBatch {
  const reserves = Array.from({ length: commands - 1 }, (_, at) => reserveOf(sku, `user-${at}`));
  return decidedInOneGo(logOf([configureOf(sku, 9_999), ...reserves]), NOW).get(skuNamed(sku)) as SkuBatch;
}

/** The batch that the same SKU's next record would make, on top of this one. */
function following({ after }: SkuBatch, user: string): SkuBatch {
  const records = commandsIn(logOf([reserveOf(after.skuId, user)], after.watermark + 1));
  return decide(aSnapshot(after), records, NOW);
}

let store: MemoryStore;
let submit: SubmitBatch;
beforeEach(() => {
  store = new MemoryStore();
  submit = createGroupCommit(store);
});

/** Holds up statements: each waits until it is let go. */
function holdStatements(): () => void {
  let held = gate();
  store.before = (call) => (call === 'commit' ? held.promise : undefined);
  return () => {
    const now = held;
    held = gate();
    now.open();
  };
}

describe('what goes together', () => {
  it('batches of the same turn share a statement; those that come meanwhile share the next', async () => {
    const letGo = holdStatements();
    const first = [submit(aBatch('a'), always), submit(aBatch('b'), always)];
    await settled();
    const second = [submit(aBatch('c'), always), submit(aBatch('d'), always)];
    letGo();
    await Promise.all(first);
    await settled();
    letGo();
    expect(await Promise.all([...first, ...second])).toEqual(['committed', 'committed', 'committed', 'committed']);
    expect(store.statements).toEqual([
      ['a', 'b'],
      ['c', 'd'],
    ]);
  });

  it('one batch a SKU, in the order of submission', async () => {
    const first = aBatch('a');
    const second = following(first, 'x');
    const third = following(second, 'y');
    const outcomes = Promise.all([first, second, aBatch('b'), third].map((batch) => submit(batch, always)));
    expect(await outcomes).toEqual(['committed', 'committed', 'committed', 'committed']);
    expect(store.statements).toEqual([['a', 'b'], ['a'], ['a']]);
    expect(store.ledgerOf(skuNamed('a')).sequences).toEqual([1, 2, 3]);
  });

  it('at most 250 batches', async () => {
    await Promise.all(Array.from({ length: 251 }, (_, at) => submit(aBatch(`s-${at}`), always)));
    expect(store.statements.map(({ length }) => length)).toEqual([250, 1]);
  });

  it('at most 1,000 commands, and a batch that is over it goes alone', async () => {
    await Promise.all([aBatch('a', 600), aBatch('b', 401), aBatch('c', 400), aBatch('d', 1_001)].map((batch) => submit(batch, always)));
    expect(store.statements).toEqual([['a', 'c'], ['b'], ['d']]);
  });

  it('a SKU that has to wait for room is not overtaken by its own next batch', async () => {
    const big = aBatch('b', 401);
    const outcomes = [aBatch('a', 600), big, following(big, 'later')].map((batch) => submit(batch, always));
    expect(await Promise.all(outcomes)).toEqual(['committed', 'committed', 'committed']);
    expect(store.statements).toEqual([['a'], ['b'], ['b']]);
  });
});

describe('what goes wrong', () => {
  it('a lost compare-and-set is that SKU alone, and of what is chained on it', async () => {
    const rival = aBatch('a', 2);
    store.apply([rival]);
    const mine = aBatch('a');
    const outcomes = await Promise.all([mine, following(mine, 'x'), aBatch('b')].map((batch) => submit(batch, always)));
    expect(outcomes).toEqual(['lost', 'lost', 'committed']);
    expect(store.entries.map(({ hash }) => hash)).toEqual([rival.entry.hash, aBatch('b').entry.hash]);
  });

  it.each(['23505', '23514', '22P02', 'P0001'])('one bad SKU (%s) never harms another: each goes by itself', async (code) => {
    store.before = (call, skuIds) => {
      if (call === 'commit' && skuIds.includes(skuNamed('bad'))) throw sqlError(code);
    };
    const outcomes = await Promise.allSettled(['a', 'bad', 'c'].map((sku) => submit(aBatch(sku), always)));
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(outcomes[1]).toMatchObject({ reason: { code } });
    expect(store.statements).toEqual([['a', 'bad', 'c'], ['a'], ['bad'], ['c']]);
  });

  it('a broken constraint found by the store itself changes nothing of that SKU', async () => {
    const known = aBatch('a', 2);
    store.apply([known]);
    const again = { ...following(known, 'x'), created: known.created };
    const outcomes = await Promise.allSettled([submit(again, always), submit(aBatch('b'), always)]);
    expect(outcomes).toMatchObject([{ status: 'rejected', reason: { code: '23505' } }, { value: 'committed' }]);
    expect(store.stocks.get(skuNamed('a'))).toEqual(known.after);
  });

  it.each([
    ['a broken connection', brokenConnection()],
    ['a deadlock', sqlError('40P01')],
    ['a full disk', sqlError('53100')],
    ['a statement time-out', sqlError('57014')],
  ])('%s is told to all of the statement, which is not repeated here, and those after it go on', async (_, error) => {
    store.before = (call) => {
      if (call === 'commit' && store.statements.length === 1) throw error;
    };
    const first = [submit(aBatch('a'), always), submit(aBatch('b'), always)];
    expect(await Promise.allSettled(first)).toEqual([
      { status: 'rejected', reason: error },
      { status: 'rejected', reason: error },
    ]);
    expect(await submit(aBatch('c'), always)).toBe('committed');
    expect(store.statements).toEqual([['a', 'b'], ['c']]);
  });

  it('what waits when its partition goes to another owner is never sent', async () => {
    const letGo = holdStatements();
    let owned = true;
    const sent = submit(aBatch('a'), () => owned);
    await settled();
    const withdrawn = [submit(aBatch('b'), () => owned), submit(following(aBatch('a'), 'x'), () => owned)];
    const other = submit(aBatch('c'), always);
    owned = false;
    letGo();
    expect(await sent).toBe('committed');
    for (const outcome of await Promise.allSettled(withdrawn)) expect(outcome).toMatchObject({ reason: expect.any(Withdrawn) });
    letGo();
    expect(await other).toBe('committed');
    expect(store.statements).toEqual([['a'], ['c']]);
  });

  it('nothing is sent one by one for an owner that has gone meanwhile', async () => {
    let owned = true;
    store.before = (call) => {
      if (call !== 'commit' || store.statements.length > 1) return;
      owned = false;
      throw sqlError('23505');
    };
    const outcomes = await Promise.allSettled([submit(aBatch('a'), () => owned), submit(aBatch('b'), always)]);
    expect(outcomes).toMatchObject([{ reason: expect.any(Withdrawn) }, { value: 'committed' }]);
    expect(store.statements).toEqual([['a', 'b'], ['b']]);
  });
});

describe('a second statement beside the one under way', () => {
  /** Holds up each statement by itself. */
  function holdEach(): Gate[] {
    const held: Gate[] = [];
    store.before = (call) => {
      if (call !== 'commit') return;
      const statement = gate();
      held.push(statement);
      return statement.promise;
    };
    return held;
  }
  async function sent(...batches: readonly SkuBatch[]): Promise<readonly (readonly string[])[]> {
    for (const batch of batches) void submit(batch, always).catch(() => undefined);
    await settled();
    return store.statements;
  }

  it('is sent when 128 commands wait, and not when 127 do', async () => {
    const held = holdEach();
    await sent(aBatch('a'));
    expect(await sent(aBatch('b', 100), aBatch('c', 27))).toEqual([['a']]);
    expect(await sent(aBatch('d'))).toEqual([['a'], ['b', 'c', 'd']]);
    for (const { open } of held) open();
  });

  it('there is never a third, however much waits; whichever is done first makes room for all of it', async () => {
    const held = holdEach();
    await sent(aBatch('a'));
    await sent(aBatch('b', 128));
    await sent(aBatch('c', 500));
    expect(await sent(aBatch('d', 500))).toEqual([['a'], ['b']]);
    held[1]?.open();
    await settled();
    expect(store.statements).toEqual([['a'], ['b'], ['c', 'd']]);
    expect(await sent(aBatch('e', 1_000))).toHaveLength(3);
    held[0]?.open();
    await settled();
    expect(store.statements.slice(3)).toEqual([['e']]);
    for (const { open } of held) open();
  });

  it('what is fewer waits until none is under way', async () => {
    const held = holdEach();
    await sent(aBatch('a'));
    await sent(aBatch('b', 128));
    await sent(aBatch('c'));
    held[0]?.open();
    await settled();
    expect(store.statements).toHaveLength(2);
    held[1]?.open();
    await settled();
    expect(store.statements).toEqual([['a'], ['b'], ['c']]);
    held[2]?.open();
  });

  it.each([
    ['fails', brokenConnection()],
    ['is refused as bad data', sqlError('23505')],
  ])("loses a SKU's next batch where the first statement %s, and nothing else", async (_, error) => {
    const held = holdEach();
    const first = aBatch('a');
    const outcomes = Promise.allSettled([submit(first, always)]);
    await settled();
    const second = Promise.all([following(first, 'x'), aBatch('b', 128)].map((batch) => submit(batch, always)));
    await settled();
    expect(store.statements).toEqual([['a'], ['a', 'b']]);
    held[0]?.fail(error);
    expect(await outcomes).toEqual([{ status: 'rejected', reason: error }]);
    held[1]?.open();
    expect(await second).toEqual(['lost', 'committed']);
    expect(store.entries.map(({ skuId }) => skuId)).toEqual(['b']);
  });
});
