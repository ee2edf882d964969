import type { LogRecord } from '../../src/domain/command.js';
import type { SkuBatch } from '../../src/domain/decision.js';
import type { Millis } from '../../src/domain/ids.js';
import type { Reservation } from '../../src/domain/reservation.js';
import type { HeldUnits, Loaded, LoadRequest, WriterStore } from '../../src/ports/store.js';
import { groupBySku } from '../../src/writer/commands-by-sku.js';
import { prepare, whatToLoad } from '../../src/writer/prepare.js';
import { adjustOf, commandsIn, configureOf, logOf, reserveOf, skuNamed, type Written } from '../support/memory-log.js';

/** What an owner who reads now makes of these records. @param now the database's, unless the test has a time of its own */
export async function decide(store: WriterStore, records: readonly LogRecord[], now?: Millis): Promise<SkuBatch[]> {
  if (records.length === 0) return [];
  const groups = groupBySku(records);
  const loaded = await store.load(whatToLoad(groups));
  return [...prepare(groups, { ...loaded, now: now ?? loaded.now }, [], 0).batches.values()];
}

export const decideOn = (store: WriterStore, written: readonly Written[], from = 0, now?: Millis): Promise<SkuBatch[]> =>
  decide(store, commandsIn(logOf(written, from)), now);

/** Decides and commits them; all of it must be committed. */
export async function commit(store: WriterStore, written: readonly Written[], from = 0, now?: Millis): Promise<SkuBatch[]> {
  const batches = await decideOn(store, written, from, now);
  expect(await store.commit(batches)).toEqual(new Set(batches.map(({ entry }) => entry.skuId)));
  return batches;
}

const SKUS = ['hot', 'warm', 'cold'];
const USERS = ['ann', 'bob', 'cy', 'poison', 'later'];
const KEYS = ['k1', 'k2', 'k3', 'k4', 'k5'];
const IDS = SKUS.flatMap((sku) => USERS.flatMap((user) => KEYS.map((key) => reserveOf(sku, user, key).reservationId)));
/** Ids of operators' commands that the tests use. */
const COMMANDS = SKUS.flatMap((sku) => [
  ...Array.from({ length: 13 }, (_, total) => configureOf(sku, total)),
  ...[1, 2, 3, 4].flatMap((perUserLimit) => [1, 2, 3].map((ifMatch) => configureOf(sku, null, { perUserLimit }, ifMatch))),
  ...Array.from({ length: 11 }, (_, at) => adjustOf(sku, at - 5)),
]).map(({ commandId }) => commandId);

const EVERYTHING: LoadRequest = { skuIds: SKUS.map(skuNamed), reservationIds: IDS, buyersOf: [], commandIds: COMMANDS };

export interface Contents extends Pick<Loaded, 'stocks' | 'knownCommands'> {
  readonly rows: readonly Reservation[];
  readonly held: readonly (HeldUnits | null)[];
}

/** All that commits change, as an owner reads it: the head of a SKU covers its ledger. */
export async function everything(store: WriterStore): Promise<Contents> {
  const { stocks, reservations, knownCommands } = await store.load(EVERYTHING);
  const held = await Promise.all(SKUS.map((sku) => store.holdings(skuNamed(sku))));
  const rows = [...reservations].sort((a, b) => (a.reservationId < b.reservationId ? -1 : 1));
  return { stocks, rows, knownCommands, held };
}

/** What a promise came to: its value, or the SQLSTATE of its error. */
export async function fate<T>(promise: Promise<T>): Promise<T | { readonly code: unknown }> {
  return await promise.catch((error: unknown) => ({ code: (error as { code?: unknown }).code }));
}
