import { pools, store } from '../../test/support/stored-sale.js';
import type { Millis, Offset } from '../domain/ids.js';
import type { DeskAnswer, LetterDesk, LetterPosition, LetterShelf, ListedLetter } from '../ports/dead-letters.js';
import type { Actor } from '../ports/operations.js';
import { createLetterDesk } from './dead-letter-store.js';
import { createLetterShelf } from './letter-shelf.js';

const TOPIC = 'topic';
const ANN: Actor = { name: 'ann', principal: 'operator:ann ann' };
const at = (partition: number, offset: number): LetterPosition => ({ partition, offset: offset as Offset });
const named = (letters: readonly LetterPosition[]): string[] => letters.map(({ partition, offset }) => `${partition}-${offset}`);

let shelf: LetterShelf;
let settled: { waiting: LetterPosition; redriven: LetterPosition; dismissed: LetterPosition; both: LetterPosition };

beforeEach(async () => {
  shelf = createLetterShelf(pools.plain, TOPIC, () => undefined);
  settled = { waiting: at(0, 10), redriven: at(0, 2), dismissed: at(1, 1), both: at(3, 5) };
  await store.keepDeadLetters([...Object.values(settled), at(3, 4)].map(keptAt));
  await pools.plain.query('insert into dead_letters select $1, partition, log_offset, key, value, appended_at, reason from dead_letters', [
    'another',
  ]);
  await redrive(settled.redriven);
  await dismiss(settled.dismissed);
  await dismiss(settled.both);
  await redrive(settled.both);
});

const keptAt = (position: LetterPosition) => ({
  ...{ ...position, key: Buffer.from('key'), value: Buffer.from('{'), appendedAt: 1_700_000_000_000 },
  ...{ reason: 'INVALID_JSON', reservationId: null },
});

async function atDesk<T>(work: (desk: LetterDesk) => Promise<T>): Promise<T> {
  const client = await pools.plain.connect();
  try {
    return await work(createLetterDesk(client));
  } finally {
    client.release();
  }
}

const redrive = (position: LetterPosition): Promise<DeskAnswer> =>
  atDesk((desk) => desk.redrive({ ...position, topic: TOPIC }, ANN, async () => at(position.partition, 99)));
const dismiss = (position: LetterPosition, reason = 'junk'): Promise<DeskAnswer> =>
  atDesk((desk) => desk.dismiss({ ...position, topic: TOPIC }, ANN, reason));
const notes = async (action: string): Promise<Record<string, string>[]> =>
  (await pools.plain.query('select * from operator_log where action = $1 order by decided_at', [action])).rows;

const ALL = { partition: null, state: null };

test('by partition and offset, of one topic, a page at a time', async () => {
  expect(named(await shelf.page(ALL, null, 100))).toEqual(['0-2', '0-10', '1-1', '3-4', '3-5']);
  expect(named(await shelf.page(ALL, at(0, 2), 2))).toEqual(['0-10', '1-1']);
  expect(named(await shelf.page({ ...ALL, partition: 3 }, null, 100))).toEqual(['3-4', '3-5']);
  expect(await shelf.page(ALL, at(3, 5), 100)).toEqual([]);
});

test.each([
  ['WAITING', ['0-10', '3-4']],
  ['REDRIVEN', ['0-2', '3-5']],
  ['DISMISSED', ['1-1']],
] as const)('%s', async (state, expected) => expect(named(await shelf.page({ partition: null, state }, null, 100))).toEqual(expected));

test('one with its bytes, and what became of it', async () => {
  const found = await shelf.find(settled.both);
  expect(found).toMatchObject({
    ...settled.both,
    topic: TOPIC,
    reason: 'INVALID_JSON',
    bytes: 4,
    key: Buffer.from('key'),
    value: Buffer.from('{'),
  });
  expect(found).toMatchObject({
    redriven: { by: 'ann', at: expect.any(Number) },
    redrivenTo: at(3, 99),
    dismissed: { by: 'ann', reason: 'junk' },
  });
  expect(await shelf.find(at(7, 7))).toBeNull();
});

test('those that wait are counted and found; newer ones are not of the pass', async () => {
  const { waiting, oldestStoredAt, now } = await shelf.count(null);
  expect([waiting, oldestStoredAt]).toEqual([2, ((await shelf.find(settled.waiting)) as ListedLetter).storedAt]);
  expect(await shelf.count(1)).toMatchObject({ waiting: 0, oldestStoredAt: null });
  expect(await shelf.count(3)).toMatchObject({ waiting: 1 });
  expect(named(await shelf.waitingUntil(now, null, null, 100))).toEqual(['0-10', '3-4']);
  expect(named(await shelf.waitingUntil(now, null, settled.waiting, 100))).toEqual(['3-4']);
  expect(named(await shelf.waitingUntil(now, 0, null, 100))).toEqual(['0-10']);
  await pools.plain.query('update dead_letters set stored_at = to_timestamp($1::float8 / 1000) where partition = 0', [now + 1]);
  expect(named(await shelf.waitingUntil(now as Millis, null, null, 100))).toEqual(['3-4']);
});

test('a dismissal is in the operators’ log with before and after, once; it can be redriven all the same', async () => {
  expect(await dismiss(settled.dismissed, 'another reason')).toBe('done');
  expect((await shelf.find(settled.dismissed))?.dismissed).toMatchObject({ reason: 'junk' });
  const rows = (await notes('dismiss')).filter(({ asked }) => JSON.parse(asked ?? '').partition === 1);
  expect(rows).toMatchObject([{ principal: ANN.principal, outcome: 'DISMISSED', sku_id: null }]);
  expect(JSON.parse(rows[0]?.asked ?? '')).toEqual({ topic: TOPIC, ...settled.dismissed, reason: 'junk' });
  expect([rows[0]?.before, rows[0]?.after].map((text) => JSON.parse(text ?? '').state)).toEqual(['WAITING', 'DISMISSED']);
  expect((await notes('redrive')).map(({ before }) => JSON.parse(before ?? '').state)).toEqual(['WAITING', 'DISMISSED']);
});

test('neither twice nor after a redrive, nor of what is not there, nor of what somebody has in hand', async () => {
  expect(await dismiss(settled.redriven)).toMatchObject({ by: 'ann' });
  expect(await redrive(settled.both)).toMatchObject({ by: 'ann' });
  expect(await dismiss(at(7, 7))).toBe('missing');
  const inHand = atDesk((desk) =>
    desk.redrive({ ...settled.waiting, topic: TOPIC }, ANN, async () => {
      expect(await dismiss(settled.waiting)).toBe('taken');
      return at(0, 99);
    }),
  );
  expect(await inHand).toBe('done');
  expect(await notes('dismiss')).toHaveLength(2);
});

test('the list of the command line has those that wait, or all', async () => {
  const list = (settledToo: boolean) => atDesk((desk) => desk.list(settledToo));
  const own = (letters: readonly ListedLetter[]): string[] => named(letters.filter(({ topic }) => topic === TOPIC)).sort();
  expect(own(await list(false))).toEqual(['0-10', '3-4']);
  expect(own(await list(true))).toHaveLength(5);
});
