import { recordingLog } from '../../test/support/log.js';
import { hurriedClock, settled } from '../../test/support/memory-clock.js';
import type { Offset } from '../domain/ids.js';
import type { Letter, LetterPlace, OutgoingLetter } from '../ports/dead-letters.js';
import { createTrouble } from '../telemetry/trouble.js';
import { type Outbox, startOutbox } from './outbox.js';

const letter = (offset: number, over: Partial<Letter> = {}): Letter => ({
  ...{ topic: 'requests', partition: 2, offset: offset as Offset, key: Buffer.from('sku'), value: Buffer.from([0xff, 0]) },
  ...{ reason: 'INVALID_JSON', reservationId: null, ...over },
});

const ACKNOWLEDGED = new Map([[0, 0 as Offset]]);

let waiting: Letter[];
let sent: OutgoingLetter[];
let answers: (ReadonlyMap<number, Offset> | Error)[];
let owned: number[];
let outbox: Outbox | undefined;
const log = recordingLog();

beforeEach(() => {
  waiting = [];
  sent = [];
  answers = [];
  owned = [2];
  log.lines.length = 0;
});

afterEach(() => outbox?.stop());

function start(): void {
  outbox = startOutbox({
    store: {
      unpublished: async (topic, partitions) =>
        waiting.filter((each) => each.topic === topic && partitions.includes(each.partition)).slice(0, 2),
      published: async (places: readonly LetterPlace[]) => {
        waiting = waiting.filter(({ offset }) => !places.some((place) => place.offset === offset));
      },
    },
    producer: {
      async send(records) {
        sent.push(...records);
        const answer = answers.shift() ?? ACKNOWLEDGED;
        if (answer instanceof Error) throw answer;
        return answer;
      },
    },
    topic: 'requests',
    partitions: () => owned,
    clock: hurriedClock(),
    trouble: createTrouble(log, 'letters'),
  });
}

test('each goes out with its bytes, where it comes from and why it is here', async () => {
  waiting = [letter(7), letter(8, { key: null, value: null, reason: 'TOMBSTONE', reservationId: 'r-1' }), letter(9)];
  start();
  await settled();
  expect(waiting).toEqual([]);
  const place = { 'source-topic': 'requests', 'source-partition': '2' };
  expect(sent).toEqual([
    {
      partition: 0,
      key: Buffer.from('sku'),
      value: Buffer.from([0xff, 0]),
      headers: { reason: 'INVALID_JSON', ...place, 'source-offset': '7' },
    },
    { partition: 0, key: null, value: null, headers: { reason: 'TOMBSTONE', ...place, 'source-offset': '8', reservationId: 'r-1' } },
    expect.objectContaining({ headers: expect.objectContaining({ 'source-offset': '9' }) }),
  ]);
});

test('a send that is not certain is sent again, and told once', async () => {
  waiting = [letter(7)];
  answers = [new Map(), new Error('no answer')];
  start();
  await settled(40);
  expect(waiting).toEqual([]);
  expect(sent).toHaveLength(3);
  expect(log.lines.filter(({ level }) => level !== 'debug').map(({ level }) => level)).toEqual(['warn', 'info']);
});

const tooLarge = (): Error => Object.assign(new Error('larger than the max message size'), { type: 'MESSAGE_TOO_LARGE' });
const offsetsSent = (): unknown[] => sent.map(({ headers }) => headers?.['source-offset']);

test('a page that is too large goes letter by letter, in its order', async () => {
  waiting = [letter(7), letter(8), letter(9)];
  answers = [tooLarge()];
  start();
  await settled();
  expect(waiting).toEqual([]);
  expect(offsetsSent()).toEqual(['7', '8', '7', '8', '9']);
  expect(sent.every(({ value }) => value !== null)).toBe(true);
});

test('a letter that is too large by itself goes without its bytes, and nobody waits for it', async () => {
  waiting = [letter(7), letter(8, { key: Buffer.alloc(10), value: Buffer.alloc(3_000), reservationId: 'r-1' }), letter(9)];
  answers = [new Error('wrapped', { cause: tooLarge() }), ACKNOWLEDGED, tooLarge()];
  start();
  await settled();
  expect(waiting).toEqual([]);
  expect(offsetsSent()).toEqual(['7', '8', '7', '8', '8', '9']);
  const headers = {
    reason: 'INVALID_JSON',
    'source-topic': 'requests',
    'source-partition': '2',
    'source-offset': '8',
    reservationId: 'r-1',
  };
  expect(sent[4]).toEqual({ partition: 0, key: null, value: null, headers: { ...headers, 'bytes-left-out': '3010' } });
  expect(log.lines.filter(({ level }) => level !== 'debug')).toEqual([]);
});

test('one that is refused even so waits, and is told', async () => {
  waiting = [letter(7)];
  answers = [tooLarge(), new Map()];
  start();
  await settled(40);
  expect(waiting).toEqual([]);
  expect(log.lines.filter(({ level }) => level !== 'debug').map(({ level }) => level)).toEqual(['warn', 'info']);
});

test("those of another owner's partitions are left to it", async () => {
  waiting = [letter(7)];
  owned = [1];
  start();
  await settled();
  expect(sent).toEqual([]);
});
