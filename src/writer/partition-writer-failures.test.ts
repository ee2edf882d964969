import fc, { type Arbitrary } from 'fast-check';
import {
  chunkOf,
  chunksOf,
  commandsIn,
  configureOf,
  decidedInOneGo,
  logArbitrary,
  logOf,
  reserveOf,
  skuNamed,
} from '../../test/support/memory-log.js';
import { brokenConnection, MemoryStore, type StoreCall, sqlError } from '../../test/support/memory-store.js';
import { type TestWriter, testWriter } from '../../test/support/memory-writer.js';
import type { SkuId } from '../domain/ids.js';
import type { RawRecord } from '../ports/log.js';
import { groupBySku } from './commands-by-sku.js';
import { prepare, whatToLoad } from './prepare.js';

const RUNS = { seed: 20_260_202, numRuns: 600 };

/** What becomes of one call: nothing special, a failure before or after its work, or another writer that is quicker. */
type Weather = 'fine' | 'refused' | 'deadlock' | 'reply lost' | 'rival' | 'slow';
const weather: Arbitrary<Weather> = fc.constantFrom('fine', 'fine', 'refused', 'deadlock', 'reply lost', 'rival', 'slow');

/** Another writer that reads the same log: it commits the SKU's next records, so many at most, from where the store stands. */
function rivalCommits(store: MemoryStore, log: readonly RawRecord[], skuId: SkuId, atMost: number): void {
  const watermark = store.stocks.get(skuId)?.watermark ?? -1;
  const next = commandsIn(log).filter(({ command, offset }) => command.skuId === skuId && offset > watermark);
  if (next.length === 0) return;
  const groups = groupBySku(next.slice(0, atMost));
  store.apply([...prepare(groups, store.look(whatToLoad(groups)), [], 0).batches.values()]);
}

/** The calls meet this weather in turn; when it is used up, all is fine. */
function underWeather(store: MemoryStore, log: readonly RawRecord[], forecast: readonly Weather[]): void {
  const coming = [...forecast];
  let now: Weather = 'fine';
  store.before = async (call: StoreCall, skuIds) => {
    now = coming.shift() ?? 'fine';
    const mine = now;
    if (mine === 'refused') throw brokenConnection();
    if (mine === 'deadlock') throw sqlError('40P01');
    if (mine === 'slow') for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    if (mine === 'rival' && call === 'commit') for (const skuId of skuIds) rivalCommits(store, log, skuId, 2);
    now = mine;
  };
  store.after = () => {
    if (now === 'reply lost') throw brokenConnection();
  };
}

function expectDecidedOnce(store: MemoryStore, log: readonly RawRecord[], writer: TestWriter): void {
  const wholes = decidedInOneGo(log, store.time);
  expect(store.stocks.size).toBe(wholes.size);
  for (const [skuId, whole] of wholes) {
    const { lines, sequences } = store.ledgerOf(skuId);
    expect(lines.join('\n')).toBe(whole.entry.decisions);
    expect(sequences).toEqual(lines.map((_, at) => at + 1));
    const { headHash: _own, ...stock } = whole.after;
    expect(store.stocks.get(skuId)).toMatchObject(stock);
    for (const row of whole.created) expect(store.rows.get(row.reservationId)).toEqual(row);
  }
  const letters = [...store.letters.keys()];
  expect([...commandsIn(log).map(({ offset }) => offset), ...letters].sort((a, b) => a - b)).toEqual(log.map(({ offset }) => offset));
  expect(writer.appliedOffsets().flat()).toEqual(log.map(({ offset }) => offset));
}

const MODES = [
  ['reading', false],
  ['from memory', true],
] as const;

it.each(MODES)(
  '%s, whatever fails, and whoever else writes: the ledger is that of one writer in good weather, and each chunk is told once, in order',
  async (_, remembers) => {
    const sizes = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(logArbitrary, sizes, fc.array(weather, { maxLength: 40 }), fc.boolean(), async (log, cuts, forecast, hesitant) => {
        const store = new MemoryStore();
        underWeather(store, log, forecast);
        const beforeChunk = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
        const writer = testWriter(store, chunksOf(log, cuts), { remembers, ...(hesitant && { beforeChunk }) });
        await writer.run();
        expectDecidedOnce(store, log, writer);
      }),
      RUNS,
    );
  },
);

it.each(MODES)('%s, two writers over the same log, each from its start: every record is decided once', async (_, remembers) => {
  const sizes = fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 1, maxLength: 3 });
  await fc.assert(
    fc.asyncProperty(logArbitrary, sizes, sizes, fc.array(weather, { maxLength: 20 }), async (log, cuts, otherCuts, forecast) => {
      const store = new MemoryStore();
      underWeather(store, log, forecast);
      const writers = [cuts, otherCuts].map((own) => testWriter(store, chunksOf(log, own), { remembers }));
      await Promise.all(writers.map((writer) => writer.run()));
      for (const writer of writers) expectDecidedOnce(store, log, writer);
    }),
    RUNS,
  );
});

describe('one failure at a time', () => {
  const LOG = logOf([
    configureOf('hot', 2),
    reserveOf('hot', 'ann'),
    reserveOf('hot', 'bob'),
    reserveOf('hot', 'cy'),
    reserveOf('hot', 'di'),
  ]);
  const chunks = (): ReturnType<typeof chunksOf> => [chunkOf(LOG.slice(0, 2)), chunkOf(LOG.slice(2, 4)), chunkOf(LOG.slice(4))];

  it('a commit whose answer is lost is not decided twice; its state is told from what is stored', async () => {
    const store = new MemoryStore();
    underWeather(store, LOG, ['fine', 'reply lost']);
    const writer = testWriter(store, chunks());
    await writer.run();
    expectDecidedOnce(store, LOG, writer);
    expect([writer.applied[0]?.batches.size, writer.applied[0]?.replayed.map(({ userId }) => userId)]).toEqual([0, ['ann']]);
  });

  it('after a lost compare-and-set the rest is decided on what the other writer left', async () => {
    const store = new MemoryStore();
    let told = false;
    store.before = (call) => {
      if (call === 'commit' && !told) rivalCommits(store, LOG, skuNamed('hot'), 3);
      told ||= call === 'commit';
    };
    const writer = testWriter(store, chunks());
    await writer.run();
    expectDecidedOnce(store, LOG, writer);
    expect(writer.failures.map(([, error]) => String(error))).toContainEqual(
      expect.stringContaining('another writer has committed the SKU hot'),
    );
    expect(writer.applied[1]?.batches.get(skuNamed('hot'))?.decisions.map(({ record }) => record.offset)).toEqual([3]);
  });
});
