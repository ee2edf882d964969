import { hurriedClock } from '../../test/support/memory-clock.js';
import type { Offset } from '../domain/ids.js';
import { partitionOf } from '../domain/partition-hash.js';
import type { Letter, LetterDesk, OutgoingLetter, RawProducer } from '../ports/dead-letters.js';
import { describeAnswer, redrive } from './redrive.js';

const PARTITIONS = 10;
const BY = { name: 'ops', principal: 'operator:ops ops' };
const letter: Letter = {
  ...{ topic: 'requests', partition: 3, offset: 7 as Offset, key: Buffer.from('sku-1'), value: Buffer.from([1, 2]) },
  ...{ reason: 'UNKNOWN_VERSION', reservationId: null },
};

let done: unknown[];
let sent: OutgoingLetter[];

beforeEach(() => {
  done = [];
  sent = [];
});

const deskOf = (found: Letter): Pick<LetterDesk, 'redrive'> => ({
  async redrive(_place, by, work) {
    done.push([by, await work(found)]);
    return 'done';
  },
});

function run(found: Letter, send: RawProducer['send'] = async ([record]) => new Map([[record?.partition ?? -1, 41 as Offset]])) {
  const producer: RawProducer = {
    send: (records) => {
      sent.push(...records);
      return send(records);
    },
  };
  return redrive(found, { desk: deskOf(found), producer, partitionCount: PARTITIONS, deadlineMs: 100, clock: hurriedClock(), by: BY });
}

test('its bytes go to the partition of its key, and it is noted by whom, and where it lies now', async () => {
  expect(await run(letter)).toBe('done');
  expect(sent).toEqual([{ partition: partitionOf('sku-1', PARTITIONS), key: letter.key, value: letter.value }]);
  expect(done).toEqual([[BY, { partition: partitionOf('sku-1', PARTITIONS), offset: 41 }]]);
});

test('without a key it goes where it was', async () => {
  await run({ ...letter, key: null });
  expect(sent).toEqual([{ partition: 3, key: null, value: letter.value }]);
});

test.each<[string, RawProducer['send']]>([
  ['not acknowledged', async () => new Map()],
  ['a failure', async () => Promise.reject(new Error('no broker'))],
  ['no answer in time', () => new Promise(() => undefined)],
])('%s leaves it as it was', async (_what, send) => {
  const answer = await run(letter, send);
  expect(describeAnswer(answer)).toMatch(/^not redriven: (no broker|the log did not acknowledge)/);
  expect(done).toEqual([]);
});

test.each([
  ['missing' as const, 'there is no such dead letter'],
  ['taken' as const, 'somebody else is redriving it now'],
  [{ at: 0, by: 'ops' }, 'was redriven already, 1970-01-01T00:00:00.000Z by ops'],
])('%j is told in words', (answer, words) => expect(describeAnswer(answer)).toBe(words));
