import type { ClientBase } from 'pg';
import { idBelongsTo, type SkuId } from '../domain/ids.js';
import { RowComparison } from './compare-rows.js';
import { stockFinding } from './compare-stock.js';
import { type Finding, wrong } from './fault.js';
import { OneRow, rowFinding } from './one-row.js';
import { entriesOf, inSnapshot, type ReservationRow, reservationsOf, rowGroups, skusIn, stockOf } from './read.js';
import { Replay } from './replay.js';
import { newReplayMemory, type ReplayMemory, type RowListener } from './sale.js';

/** How many SKUs' findings are kept: whoever has more has another problem. */
const FINDINGS_MAX = 100;

export interface Verification {
  readonly skus: number;
  readonly decisions: number;
  /** By the ledger. */
  readonly reservations: number;
  /** SKUs of which something is wrong. */
  readonly wrongSkus: number;
  /** The first thing that is wrong of each of them, up to 100 SKUs. */
  readonly findings: readonly Finding[];
}

export interface VerifyOptions {
  /** Only this one; all unless given. */
  readonly skuId?: string;
  /** Called after every page that was read. */
  readonly onProgress?: (soFar: Progress) => void;
}

export interface Progress {
  readonly skuId: string;
  readonly skus: number;
  readonly decisions: number;
}

/**
 * Replays the ledger of every SKU and compares its stock row and all of its reservations with the replay, in one snapshot. It shares no
 * rule with the writer. Memory: 110 bytes a reservation of the largest SKU.
 */
export async function verify(client: ClientBase, options: VerifyOptions = {}): Promise<Verification> {
  return inSnapshot(client, () => verifySnapshot(client, options));
}

/** The same within the snapshot that the client has open. */
async function verifySnapshot(client: ClientBase, { skuId: only, onProgress = () => undefined }: VerifyOptions): Promise<Verification> {
  const memory = newReplayMemory();
  const findings = new Map<string, Finding>();
  // Apart from the findings: a SKU beyond the listed ones may be found wrong more than once.
  const wrongIds = new Set<string>();
  let [skus, decisions, reservations] = [0, 0, 0];
  const note = (finding: Finding): void => {
    if (!wrongIds.has(finding.skuId) && findings.size < FINDINGS_MAX) findings.set(finding.skuId, finding);
    wrongIds.add(finding.skuId);
  };
  for await (const skuId of only === undefined ? skusIn(client) : [only]) {
    const report = (replay: Replay): void => onProgress({ skuId, skus, decisions: decisions + replay.chain.sequence });
    const { replay, finding } = await verifySku(client, skuId, memory, report);
    if (finding !== null) note(finding);
    if (replay.chain.sequence > 0 || finding !== null) skus += 1;
    decisions += replay.chain.sequence;
    reservations += memory.holds.size;
  }
  for (const { finding, isReplayed } of await strayRows(client, only ?? null)) {
    // A SKU of which there is nothing but these rows has not been counted above.
    if (!isReplayed && !wrongIds.has(finding.skuId)) skus += 1;
    note(finding);
  }
  return { skus, decisions, reservations, wrongSkus: wrongIds.size, findings: [...findings.values()] };
}

interface Checked {
  readonly replay: Replay;
  readonly finding: Finding | null;
}

async function verifySku(client: ClientBase, skuId: string, memory: ReplayMemory, report: (replay: Replay) => void): Promise<Checked> {
  const { replay, finding: broken } = await replayLedger(client, skuId, memory, { report });
  if (broken !== null) return { replay, finding: broken };
  const stock = await stockOf(client, skuId);
  const finding = stock === null && replay.chain.sequence === 0 ? null : stockFinding(replay, stock);
  if (finding !== null) return { replay, finding };
  const comparison = new RowComparison(memory.holds);
  for await (const page of reservationsOf(client, skuId)) {
    for (const row of page) comparison.take(row);
    report(replay);
  }
  const wrongId = comparison.wrongId();
  return { replay, finding: wrongId === null ? null : await explainRow(client, skuId, wrongId, memory) };
}

export interface ReplayHooks {
  readonly report?: (replay: Replay) => void;
  readonly listener?: RowListener;
}

/** Replays a SKU up to its end, or to what is wrong. The memory holds its reservations then. */
async function replayLedger(client: ClientBase, skuId: string, memory: ReplayMemory, { report, listener }: ReplayHooks): Promise<Checked> {
  const replay = new Replay(skuId, memory, listener ?? null);
  for await (const page of entriesOf(client, skuId)) {
    for (const entry of page) {
      const fault = replay.take(entry);
      if (fault !== null) return { replay, finding: { skuId, table: 'ledger', reservationId: null, ...fault } };
    }
    report?.(replay);
  }
  return { replay, finding: null };
}

/** Replays the SKU once more, now with an eye on one reservation: the digests tell that it is wrong, and not what. */
async function explainRow(client: ClientBase, skuId: string, id: string, memory: ReplayMemory): Promise<Finding> {
  const listener = new OneRow(id);
  await replayLedger(client, skuId, memory, { listener });
  let found: ReservationRow | null = null;
  for await (const page of reservationsOf(client, skuId, id)) found ??= page[0] ?? null;
  return rowFinding(skuId, id, listener.row, found);
}

/** Rows of SKUs that nobody has ever decided about, and rows under an id that is not made for their SKU. */
async function strayRows(client: ClientBase, only: string | null): Promise<{ finding: Finding; isReplayed: boolean }[]> {
  const groups = await rowGroups(client, only);
  return groups.flatMap(({ sku_id: skuId, first_id: reservationId, replayed: isReplayed }) => {
    const isForeign = !idBelongsTo(reservationId, skuId as SkuId);
    if (isReplayed && !isForeign) return [];
    const place = { skuId, table: 'reservations', sequence: null, offset: null, reservationId } as const;
    const what = isForeign ? 'its id is not made for its SKU' : 'its SKU has no ledger';
    return [{ finding: { ...place, ...wrong(what, 'no row', 'a row') }, isReplayed }];
  });
}
