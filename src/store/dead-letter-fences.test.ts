import type { Pool, PoolClient } from 'pg';
import { eventually } from '../../test/support/eventually.js';
import { commandsIn, configureOf, logOf, reserveOf, skuNamed, type Written } from '../../test/support/memory-log.js';
import { batchOf, commit, decide, decideOn, everything, pools, store } from '../../test/support/stored-sale.js';
import type { SkuBatch } from '../domain/decision.js';
import type { Offset } from '../domain/ids.js';
import type { DeadLetter, WriterStore } from '../ports/store.js';
import { createWriterStore } from './writer-store.js';

/**
 * Two owners of a partition, one of them evicted: one finds a record that cannot be applied and sets it aside, the other one decides it.
 * Whatever the order, the record is a dead letter or decided, and never both (I12).
 */
const AT = 10;
const POISON = reserveOf('hot', 'poison');
const CASES: readonly [what: string, before: readonly Written[]][] = [
  ['of a known SKU', [configureOf('hot', 9)]],
  ['the first of its SKU', []],
];

function letterAt(offset: number, over: Partial<DeadLetter> = {}): DeadLetter {
  const [record] = logOf([POISON], offset);
  const { reservationId, skuId } = POISON;
  return { ...record!, partition: 0, reason: 'UNAPPLICABLE', reservationId, unapplicableTo: skuId, ...over };
}
const setAside = (offset = AT, by: WriterStore = store): Promise<void> => by.keepDeadLetters([letterAt(offset)]);
const LOST = 'record 10 of the SKU hot has been decided or set aside';
const REFUSED = { code: 'P0001', message: expect.stringContaining('of the SKU hot was decided that had been set aside') };

const letters = async (): Promise<number[]> =>
  (await pools.plain.query('select log_offset from dead_letters order by 1')).rows.map((row) => row.log_offset);
const decided = async (): Promise<string[]> =>
  (await pools.plain.query('select user_id from reservations order by 1')).rows.map((row) => row.user_id);
async function expectOne(outcome: 'decided' | 'letter'): Promise<void> {
  expect({ letters: await letters(), decided: await decided() }).toEqual(
    outcome === 'letter' ? { letters: [AT], decided: [] } : { letters: [], decided: ['poison'] },
  );
}

/** A pool of this connection alone, which is the test's own to begin and end transactions on. */
const poolOf = (query: PoolClient['query']): Pool => ({ connect: async () => ({ query, release: () => undefined }) }) as unknown as Pool;

async function isWaiting(): Promise<void> {
  await eventually(async () => {
    const { rows } = await pools.load.query(`select from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()`);
    return rows.length === 1;
  });
}

describe.each(CASES)('a record %s', (_, before) => {
  let batches: readonly SkuBatch[];
  beforeEach(async () => {
    await commit(before);
    batches = await decideOn([POISON, reserveOf('hot', 'later')], AT);
  });

  it('that was set aside is not decided by an owner who had read before', async () => {
    await setAside();
    const kept = await everything();
    await expect(store.commit(batches)).rejects.toMatchObject(REFUSED);
    expect(await everything()).toEqual(kept);
    await expectOne('letter');
  });

  it('that was decided is not set aside', async () => {
    await store.commit(await decideOn([POISON], AT));
    const kept = await everything();
    await expect(setAside()).rejects.toThrow(LOST);
    expect(await everything()).toEqual(kept);
    await expectOne('decided');
  });

  it('is decided, by a commit that is under way when another owner comes to set it aside', async () => {
    const rival = await pools.plain.connect();
    try {
      await rival.query('begin');
      const rivals = createWriterStore({ ...pools, commit: poolOf(rival.query.bind(rival)) }, 'topic', () => undefined);
      await rivals.commit(await decideOn([POISON], AT));
      const outcome = expect(setAside()).rejects.toThrow(LOST);
      await isWaiting();
      await rival.query('commit');
      await outcome;
      await expectOne('decided');
    } finally {
      rival.release();
    }
  });

  it('is set aside, where another owner comes to decide it meanwhile', async () => {
    const rival = await pools.plain.connect();
    let finish = (): void => undefined;
    const held = new Promise<void>((resolve) => {
      finish = resolve;
    });
    let isDone = false;
    const query = async (...args: Parameters<typeof rival.query>): Promise<unknown> => {
      if ((args[0] as unknown) === 'commit') {
        isDone = true;
        await held;
      }
      return await rival.query(...args);
    };
    try {
      const rivals = createWriterStore({ ...pools, plain: poolOf(query as unknown as PoolClient['query']) }, 'topic', () => undefined);
      const aside = setAside(AT, rivals);
      await eventually(() => isDone);
      const outcome = expect(store.commit(batches)).rejects.toMatchObject(REFUSED);
      await isWaiting();
      finish();
      await Promise.all([aside, outcome]);
      await expectOne('letter');
    } finally {
      finish();
      rival.release();
    }
  });

  it('is one or the other, however close they come', async () => {
    for (let round = 0; round < 20; round += 1) {
      const only = await decideOn([POISON], AT);
      const late = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
      const outcomes = await Promise.allSettled([
        late(round % 4 === 1 ? 1 : 0).then(() => setAside()),
        late(round % 4 === 2 ? 1 : 0).then(() => store.commit(only)),
      ]);
      expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
      await expectOne(outcomes[0]?.status === 'fulfilled' ? 'letter' : 'decided');
      await pools.plain.query('truncate stock, reservations, ledger, operator_log, dead_letters');
      await commit(before);
    }
  });

  it('that was set aside is passed over by whoever reads now, and its neighbours are decided', async () => {
    await setAside();
    // As the next owner does, who reads the letters' offsets first.
    const dead = await store.deadOffsets(0, 0 as Offset);
    const rest = commandsIn(logOf([POISON, reserveOf('hot', 'later')], AT)).filter(({ offset }) => !dead.includes(offset));
    expect(await store.commit(await decide(rest))).toEqual(new Set(['hot']));
    expect([await letters(), await decided()]).toEqual([[AT], ['later']]);
  });

  it('leaves no trace in the stock but a watermark', async () => {
    const [was] = (await pools.plain.query('select * from stock')).rows;
    await setAside();
    const { rows } = await pools.plain.query('select * from stock');
    expect(rows).toEqual(was === undefined ? [] : [{ ...was, watermark: AT, set_aside: AT }]);
  });

  it('is set aside once, with the first copy', async () => {
    await setAside();
    const again = store.keepDeadLetters([letterAt(AT, { value: Buffer.from('another') })]);
    await (before.length > 0 ? expect(again).rejects.toThrow(LOST) : again);
    const { rows } = await pools.plain.query('select value from dead_letters');
    expect(rows).toEqual([{ value: letterAt(AT).value }]);
  });
});

it('one that was not the last of its batch is found in it all the same', async () => {
  await commit([configureOf('hot', 9)]);
  const batches = await decideOn([reserveOf('hot', 'a'), reserveOf('hot', 'b'), POISON, reserveOf('hot', 'c')], AT - 2);
  await setAside();
  await expect(store.commit(batches)).rejects.toMatchObject(REFUSED);
});

it('a batch around it, of an owner who knew, is committed, and so is the one after that', async () => {
  await commit([configureOf('hot', 9)]);
  await setAside();
  // By hand one offset on: of our own writers nobody has the record before it still to decide.
  await pools.plain.query('update dead_letters set log_offset = log_offset + 1');
  await pools.plain.query('update stock set watermark = 9, set_aside = 9');
  const around = commandsIn(logOf([reserveOf('hot', 'a'), POISON, reserveOf('hot', 'c')], AT)).filter(({ offset }) => offset !== AT + 1);
  expect(await store.commit(await decide(around))).toEqual(new Set(['hot']));
  await commit([reserveOf('hot', 'later')], 20);
  expect(await decided()).toEqual(['a', 'c', 'later']);
});

it("another SKU's record at its offset, in a topic of another time, is decided", async () => {
  await setAside();
  await commit([configureOf('warm', 9)], AT);
  expect(await letters()).toEqual([AT]);
});

it('another SKU in the same statement fails with it, and alone it is committed', async () => {
  await commit([configureOf('hot', 9), configureOf('warm', 9)]);
  const batches = await decideOn([POISON, reserveOf('warm', 'ann')], AT);
  await setAside();
  await expect(store.commit(batches)).rejects.toMatchObject(REFUSED);
  expect(await store.commit([batchOf(batches, 'warm')])).toEqual(new Set([skuNamed('warm')]));
});
