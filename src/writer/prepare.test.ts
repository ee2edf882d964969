import fc from 'fast-check';
import { NOW } from '../../test/support/domain.js';
import { commandsIn, configureOf, decidedInOneGo, logArbitrary, logOf, reserveOf, skuNamed } from '../../test/support/memory-log.js';
import { MemoryStore } from '../../test/support/memory-store.js';
import type { LogRecord } from '../domain/command.js';
import type { CommandId } from '../domain/ids.js';
import type { Loaded } from '../ports/store.js';
import { groupBySku } from './commands-by-sku.js';
import { type Prepared, prepare, whatToLoad } from './prepare.js';

const RUNS = { seed: 20_260_201, numRuns: 400 };
const HOT = skuNamed('hot');

/** Decides and commits, one chunk after the other, each on a fresh read. */
function apply(store: MemoryStore, records: readonly LogRecord[]): Prepared {
  const groups = groupBySku(records);
  const prepared = prepare(groups, store.look(whatToLoad(groups)), [], 0);
  store.apply([...prepared.batches.values()]);
  return prepared;
}

const linesOf = ({ batches }: Prepared): string[][] =>
  [...batches.values()].map(({ entry }) => [entry.skuId, entry.previousHash, entry.decisions]);

describe('on top of chunks that are still being written', () => {
  it('the decisions are those of one after the other, whichever part of the read came before or after the earlier commits', () => {
    fc.assert(
      fc.property(logArbitrary, fc.nat(), fc.nat(), fc.nat(3), fc.nat(3), (log, cut1, cut2, early, late) => {
        const records = commandsIn(log);
        const [from, to] = [cut1 % (records.length + 1), cut2 % (records.length + 1)].sort((a, b) => a - b) as [number, number];
        const [past, first, second] = [records.slice(0, from), records.slice(from, to), records.slice(to)];
        const store = new MemoryStore();
        if (past.length > 0) apply(store, past);

        const groups = groupBySku(second);
        const request = whatToLoad(groups);
        const before = store.look(request);
        const { batches: ahead } = first.length === 0 ? { batches: new Map() } : apply(store, first);
        const after = store.look(request);
        // The parts are read one after the other; the commit may lie between any two of them.
        const read: Loaded = {
          now: NOW,
          stocks: (early > 0 ? before : after).stocks,
          reservations: (early > late ? before : after).reservations,
          knownCommands: (early > late + 1 ? before : after).knownCommands,
        };
        const overlaid = prepare(groups, read, [ahead], 0);
        expect(linesOf(overlaid)).toEqual(linesOf(prepare(groups, after, [], 0)));
        store.apply([...overlaid.batches.values()]);
        for (const [skuId, whole] of decidedInOneGo(log, store.time)) {
          expect(store.ledgerOf(skuId).lines.join('\n')).toBe(whole.entry.decisions);
          expect(store.stocks.get(skuId)).toMatchObject({ reserved: whole.after.reserved, sequence: whole.after.sequence });
        }
      }),
      RUNS,
    );
  });

  it('the latest of several chunks ahead counts', () => {
    const store = new MemoryStore();
    const records = commandsIn(logOf([configureOf('hot', 2), reserveOf('hot', 'ann'), reserveOf('hot', 'bob'), reserveOf('hot', 'cy')]));
    const first = prepare(groupBySku(records.slice(0, 2)), store.look(whatToLoad(groupBySku(records))), [], 0);
    const second = prepare(groupBySku(records.slice(2, 3)), store.look(whatToLoad(groupBySku(records))), [first.batches], 0);
    const third = prepare(groupBySku(records.slice(3)), store.look(whatToLoad(groupBySku(records))), [first.batches, second.batches], 0);
    expect(third.batches.get(HOT)?.decisions.map(({ reason, sequence }) => [reason, sequence])).toEqual([['SOLD_OUT', 4]]);
    expect(third.batches.get(HOT)?.entry.previousHash).toBe(second.batches.get(HOT)?.entry.hash);
  });
});

describe('what was applied before', () => {
  it('is skipped, and its stored state is told again; what follows it is decided', () => {
    const store = new MemoryStore();
    const records = commandsIn(logOf([configureOf('hot', 1), reserveOf('hot', 'ann'), reserveOf('hot', 'bob')]));
    apply(store, records.slice(0, 2));
    const { batches, replayed } = apply(store, records);
    expect(batches.get(HOT)?.decisions.map(({ record, reason }) => [record.offset, reason])).toEqual([[2, 'SOLD_OUT']]);
    expect(replayed.map(({ userId, status }) => [userId, status])).toEqual([['ann', 'RESERVED']]);
  });

  it('makes no batch when nothing follows it', () => {
    const store = new MemoryStore();
    const records = commandsIn(logOf([configureOf('hot', 5), reserveOf('hot', 'ann'), reserveOf('warm', 'bob')]));
    apply(store, records);
    const { batches, replayed } = apply(store, records);
    expect(batches.size).toBe(0);
    expect(replayed.map(({ skuId, reason }) => [skuId, reason])).toEqual([
      ['hot', null],
      ['warm', 'UNKNOWN_SKU'],
    ]);
  });
});

describe('what is read', () => {
  it('every SKU, id and operator command', () => {
    const records = commandsIn(
      logOf([configureOf('hot', 5), reserveOf('hot', 'ann', 'k1'), reserveOf('hot', 'ann', 'k2'), reserveOf('warm', 'ann', 'k1')]),
    );
    const groups = groupBySku(records);
    expect([...groups].map(([skuId, list]) => [skuId, list.map(({ offset }) => offset)])).toEqual([
      ['hot', [0, 1, 2]],
      ['warm', [3]],
    ]);
    const request = whatToLoad(groups);
    expect(request.skuIds).toEqual(['hot', 'warm']);
    expect(request.commandIds).toEqual([records[0]?.command.commandId]);
    expect(request.reservationIds).toEqual(records.slice(1).map(({ command }) => command.commandId));
  });

  it('what was read for another chunk, or of another SKU, changes nothing', () => {
    const store = new MemoryStore();
    const all = commandsIn(
      logOf([configureOf('hot', 5), configureOf('warm', 5), reserveOf('warm', 'ann', 'k1', 3), reserveOf('hot', 'ann', 'k1', 3)]),
    );
    apply(store, all.slice(0, 3));
    const groups = groupBySku(all.slice(3));
    const own = prepare(groups, store.look(whatToLoad(groups)), [], 0);
    const more = prepare(groups, store.look(whatToLoad(groupBySku(all))), [], 0);
    expect(linesOf(more)).toEqual(linesOf(own));
  });
});

it('an id that another SKU of the same hash has taken is refused, and counts against nobody', () => {
  const store = new MemoryStore();
  const [one, other] = ['sku-994', 'sku-186244'];
  apply(store, commandsIn(logOf([configureOf(one, 5, { perUserLimit: 1 }), configureOf(other, 5, { perUserLimit: 1 })])));
  apply(store, commandsIn(logOf([reserveOf(one, 'ann', 'k1')], 2)));
  const taken = reserveOf(one, 'ann', 'k1').reservationId;
  const crafted = { ...reserveOf(other, 'ann', 'k2'), reservationId: taken, commandId: taken as string as CommandId };
  const records = commandsIn(logOf([crafted, reserveOf(other, 'ann', 'k3')], 3));
  const { batches } = prepare(groupBySku(records), store.look(whatToLoad(groupBySku(records))), [], 0);
  const [batch] = [...batches.values()];
  expect(batch?.decisions.map(({ outcome, reason }) => [outcome, reason])).toEqual([
    ['REFUSED', 'KEY_REUSED'],
    ['RESERVED', null],
  ]);
  expect(batch?.created).toHaveLength(1);
});
