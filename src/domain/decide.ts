import type { Command, LogRecord } from './command.js';
import type { Decision, SkuBatch, SkuSnapshot } from './decision.js';
import { Holdings } from './holdings.js';
import type { Millis, ReservationId } from './ids.js';
import { ledgerEntry } from './ledger-entry.js';
import type { Desk, Verdict } from './rules/desk.js';
import { decideHold } from './rules/hold.js';
import { operate } from './rules/operate.js';
import { reserve } from './rules/reserve.js';

/**
 * Decides the commands of one SKU, first come first served. Pure: the same arguments give the same batch, to the byte of its ledger entry.
 *
 * @param known the SKU's state, every reservation the commands name, and what their buyers hold
 * @param records at least one, in offset order, all above the stock's watermark, all of this SKU
 * @param now the database's clock; taken as no earlier than the SKU's last decision
 */
export function decide(known: SkuSnapshot, records: readonly LogRecord[], now: Millis): SkuBatch {
  const { stock: before } = known;
  const desk: Desk = {
    known,
    stock: { ...before },
    now: Math.max(now, before.decidedAt),
    created: new Map(),
    changed: new Map(),
    holdings: new Holdings(),
    commands: new Set(),
  };
  const decisions: Decision[] = [];
  for (const record of records) {
    if (record.offset <= desk.stock.watermark)
      throw new Error(`offset ${record.offset} is not above the watermark ${desk.stock.watermark}`);
    const sequence = desk.stock.sequence + 1;
    const verdict = decideCommand(desk, record, sequence);
    desk.stock.sequence = sequence;
    desk.stock.watermark = record.offset;
    decisions.push({ sequence, record, ...verdict });
  }
  const entry = ledgerEntry(before, decisions, desk.now);
  const after = { ...desk.stock, headHash: entry.hash, decidedAt: desk.now };
  const created = [...desk.created.values()].sort((a, b) => byId(a.reservationId, b.reservationId));
  const changed = [...desk.changed.values()].sort((a, b) => byId(a.after.reservationId, b.after.reservationId));
  return { before, after, now: desk.now, decisions, created, changed, holdings: desk.holdings, entry };
}

const byId = (a: ReservationId, b: ReservationId): number => (a < b ? -1 : 1);

function decideCommand(desk: Desk, record: LogRecord, sequence: number): Verdict {
  const { command } = record;
  switch (command.type) {
    case 'reserve':
      return reserve(desk, { ...record, command }, sequence);
    case 'confirm':
    case 'cancel':
    case 'extend':
    case 'expire':
      return decideHold(desk, command, sequence);
    case 'configure':
    case 'adjust':
      return operate(desk, command, sequence);
    default:
      return unreachable(command);
  }
}

function unreachable(command: never): never {
  throw new Error(`no rule for the command ${(command as Command).type}`);
}
