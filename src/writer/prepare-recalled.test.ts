import { byId, NOW } from '../../test/support/domain.js';
import {
  adjustOf,
  cancelOf,
  commandsIn,
  configureOf,
  confirmOf,
  expireOf,
  logOf,
  reserveOf,
  skuNamed,
  type Written,
} from '../../test/support/memory-log.js';
import { MemoryStore } from '../../test/support/memory-store.js';
import { holdingsOf } from '../domain/holdings.js';
import type { CommandId } from '../domain/ids.js';
import type { LoadRequest } from '../ports/store.js';
import { type CommandsBySku, groupBySku } from './commands-by-sku.js';
import type { Recall } from './memory.js';
import { type Prepared, prepare, whatToLoad } from './prepare.js';

const HOT = skuNamed('hot');
const [ANN, BOB] = [reserveOf('hot', 'ann').reservationId, reserveOf('hot', 'bob').reservationId];
const groupsOf = (written: readonly Written[], from = 0): CommandsBySku => groupBySku(commandsIn(logOf(written, from)));

let store: MemoryStore;
beforeEach(() => {
  store = new MemoryStore();
  const made = groupsOf([configureOf('hot', 9), reserveOf('hot', 'ann'), reserveOf('hot', 'bob')]);
  store.apply([...prepare(made, store.look(whatToLoad(made)), [], 0).batches.values()]);
});

/** All is recalled of the SKU, and of its reservations only bob's. */
function recalled(): Recall['skus'] {
  const [stock, row] = [store.stocks.get(HOT), store.rows.get(BOB)];
  if (stock === undefined || row === undefined) throw new Error('nothing was made');
  const known = { stock, reservations: byId([row]), holdings: holdingsOf(HOT, store.rows.values()), knownCommands: new Set<CommandId>() };
  return new Map([[HOT, known]]);
}

describe('of a recalled SKU', () => {
  const request = (...written: Written[]): LoadRequest => whatToLoad(groupsOf(written, 3), recalled());
  const nothing = { skuIds: [], reservationIds: [], buyersOf: [], commandIds: [] };

  it('nothing is read for requests, nor for what is about a reservation that is remembered', () => {
    expect(request(reserveOf('hot', 'cy'), confirmOf('hot', 'bob'), cancelOf('hot', 'bob'), expireOf('hot', 'bob'))).toEqual(nothing);
  });

  it('the reservation is read that is not remembered, and the time with one stock', () => {
    expect(request(confirmOf('hot', 'ann'))).toEqual({ ...nothing, skuIds: ['hot'], reservationIds: [ANN] });
    expect(request(expireOf('hot', 'ann'), reserveOf('hot', 'cy'))).toEqual({ ...nothing, skuIds: ['hot'], reservationIds: [ANN] });
  });

  it('no stock is read for the time where one is read anyhow', () => {
    const { reservationId } = reserveOf('warm', 'ann');
    const { commandId } = adjustOf('warm', 1);
    const both = { skuIds: ['warm'], reservationIds: [ANN, reservationId], buyersOf: [reservationId], commandIds: [commandId] };
    expect(request(cancelOf('hot', 'ann'), cancelOf('warm', 'ann'), adjustOf('warm', 1))).toEqual(both);
  });

  it('what was read is laid beside what is remembered, which is never older', () => {
    const groups = groupsOf([confirmOf('hot', 'ann'), confirmOf('hot', 'bob')], 3);
    const loaded = store.look(whatToLoad(groups, recalled()));
    const old = store.rows.get(BOB);
    const stale = old === undefined ? [] : [{ ...old, status: 'CANCELLED' as const, version: 0 }];
    const { batches } = prepare(groups, { ...loaded, reservations: [...loaded.reservations, ...stale] }, [], 0, recalled());
    expect(batches.get(HOT)?.decisions.map(({ outcome }) => outcome)).toEqual(['CONFIRMED', 'CONFIRMED']);
    expect(batches.get(HOT)?.after).toMatchObject({ reserved: 0, confirmed: 2 });
  });
});

describe('of a SKU that is not recalled', () => {
  it('what its commands name is read, and what the buyers hold, whoever sent them', () => {
    const groups = groupsOf([expireOf('hot', 'ann'), adjustOf('hot', 4)], 3);
    const ids = [ANN];
    expect(whatToLoad(groups)).toEqual({ skuIds: ['hot'], reservationIds: ids, buyersOf: ids, commandIds: [adjustOf('hot', 4).commandId] });
  });

  const decided = (written: readonly Written[], from: number): Prepared => {
    const groups = groupsOf(written, from);
    return prepare(groups, { ...store.look(whatToLoad(groups)), now: NOW }, [], 0);
  };

  it('a change that is still being written is seen by the chunk behind it, whatever the read shows', () => {
    const first = decided([confirmOf('hot', 'ann'), adjustOf('hot', 4)], 3);
    const groups = groupsOf([cancelOf('hot', 'ann'), adjustOf('hot', 4), cancelOf('hot', 'bob')], 5);
    const second = prepare(groups, store.look(whatToLoad(groups)), [first.batches], 0);
    const answers = second.batches.get(HOT)?.decisions.map(({ outcome, reason }) => reason ?? outcome);
    expect(answers).toEqual(['ALREADY_CONFIRMED', 'DUPLICATE', 'CANCELLED']);
    expect(second.batches.get(HOT)?.after).toMatchObject({ total: 13, reserved: 0, confirmed: 1 });
  });

  it('what was applied before is told again as it is stored now', () => {
    store.apply([...decided([cancelOf('hot', 'ann'), adjustOf('hot', 4)], 3).batches.values()]);
    const { replayed, passed, batches } = decided([cancelOf('hot', 'ann'), adjustOf('hot', 4)], 3);
    expect(replayed.map(({ reservationId, status }) => [reservationId, status])).toEqual([[ANN, 'CANCELLED']]);
    expect([passed.map(({ total }) => total), batches.size]).toEqual([[13], 0]);
  });
});
