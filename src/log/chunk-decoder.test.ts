import fc from 'fast-check';
import { configureOf, logOf, ONLY_PARTITION, reserveOf } from '../../test/support/memory-log.js';
import type { RawRecord } from '../ports/log.js';
import { type ChunkDecoder, createChunkDecoder } from './chunk-decoder.js';
import { decodeChunk } from './decode-chunk.js';

const FULL = 250;
const LOG = logOf(
  Array.from({ length: 1_200 }, (_, at) =>
    at % 7 === 0 ? 'no command' : at % 11 === 0 ? configureOf('hot', at) : reserveOf('hot', `u-${at}`),
  ),
);

/** The records that wait, the next chunk first. */
let waiting: readonly RawRecord[];
let decoder: ChunkDecoder;
beforeEach(() => {
  waiting = [];
  decoder = createChunkDecoder(ONLY_PARTITION, () => waiting.slice(0, FULL));
});

/** Records that count how often they are decoded. */
function counted(records: readonly RawRecord[]): { readonly records: RawRecord[]; reads: () => number } {
  let reads = 0;
  const wrapped = records.map((record) => ({
    ...record,
    get value() {
      reads += 1;
      return record.value;
    },
  }));
  return { records: wrapped, reads: () => reads };
}

/** How often decoding them once reads their values. */
function readsOfOne(records: readonly RawRecord[]): number {
  const once = counted(records);
  decodeChunk(once.records, ONLY_PARTITION);
  return once.reads();
}

it('a full chunk that was decoded ahead is not decoded again, however often there was time for it', () => {
  const { records, reads } = counted(LOG.slice(0, FULL));
  waiting = records;
  decoder.ahead();
  decoder.ahead();
  const before = reads();
  expect(before).toBe(readsOfOne(LOG.slice(0, FULL)));
  const chunk = decoder.decode(records);
  expect(reads()).toBe(before);
  expect(chunk.commands.length + chunk.deadLetters.length).toBe(FULL);
});

it('one record less than a full chunk is not decoded ahead: more may come', () => {
  const { records, reads } = counted(LOG.slice(0, FULL - 1));
  waiting = records;
  decoder.ahead();
  expect(reads()).toBe(0);
});

it('nothing ahead of nothing', () => {
  decoder.ahead();
  expect(decoder.decode([])).toEqual({ commands: [], deadLetters: [] });
});

it('a chunk that is tried again is decoded again', () => {
  waiting = LOG.slice(0, FULL);
  decoder.ahead();
  expect(decoder.decode(waiting)).toEqual(decoder.decode(waiting));
});

it('fewer records than were decoded ahead are decoded by themselves', () => {
  waiting = LOG.slice(0, FULL);
  decoder.ahead();
  expect(decoder.decode(LOG.slice(0, 100))).toEqual(decodeChunk(LOG.slice(0, 100), ONLY_PARTITION));
});

it('records that came anew after the log was read again are decoded, though they have the same offsets', () => {
  waiting = LOG.slice(0, FULL);
  decoder.ahead();
  const others = logOf(Array.from({ length: FULL }, () => 'no command'));
  expect(decoder.decode(others).deadLetters).toHaveLength(FULL);
});

it('whatever arrives, is decoded ahead and is tried again, in whatever order: a chunk is decoded as by itself', () => {
  const turns = fc.array(
    fc.oneof(
      fc.constant<'ahead'>('ahead'),
      fc.constantFrom<'take' | 'look'>('take', 'look'),
      fc.constantFrom(1, 100, FULL - 1, FULL, FULL + 1).map((arrive) => ({ arrive })),
    ),
    { maxLength: 20 },
  );
  const holds = fc.property(turns, (steps) => {
    let [taken, arrived] = [0, 0];
    const own = createChunkDecoder(ONLY_PARTITION, () => LOG.slice(taken, Math.min(arrived, taken + FULL)));
    for (const step of steps) {
      const chunk = LOG.slice(taken, Math.min(arrived, taken + FULL));
      if (step === 'ahead') own.ahead();
      else if (typeof step === 'object') arrived = Math.min(arrived + step.arrive, LOG.length);
      else {
        expect(own.decode(chunk)).toEqual(decodeChunk(chunk, ONLY_PARTITION));
        if (step === 'take') taken += chunk.length;
      }
    }
  });
  fc.assert(holds, { seed: 20_260_212, numRuns: 100 });
});
