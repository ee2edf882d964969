import type { LedgerEntry } from '../domain/decision.js';
import type { SkuId } from '../domain/ids.js';
import { entryHash } from '../domain/ledger-entry.js';
import { GENESIS_HASH, unknownStock } from '../domain/stock.js';
import { type Fault, type Wrong, wrong } from './fault.js';
import { type Line, readLine } from './line.js';
import { replayHold } from './replay-hold.js';
import { replayOperation } from './replay-operation.js';
import { replayReserve } from './replay-reserve.js';
import type { ReplayMemory, RowListener, Sale } from './sale.js';

/** Where a SKU's chain stands. */
export interface Chain {
  /** -1 before the first entry. */
  readonly partition: number;
  readonly sequence: number;
  readonly offset: number;
  readonly headHash: string;
  readonly decidedAt: number;
}

const BEFORE_ALL: Chain = { partition: -1, sequence: 0, offset: -1, headHash: GENESIS_HASH, decidedAt: 0 };

/** One SKU's ledger, replayed entry by entry. Pure but for the memory it is given, which it clears and fills. */
export class Replay {
  readonly sale: Sale;
  chain: Chain = BEFORE_ALL;

  constructor(skuId: string, memory: ReplayMemory, listener: RowListener | null = null) {
    memory.holds.clear();
    memory.buyers.clear();
    const { settings } = unknownStock(skuId as SkuId, 0);
    const counts = { total: 0, reserved: 0, confirmed: 0, version: 0, sequence: 0, now: 0 };
    this.sale = { ...memory, skuId, settings, ...counts, operations: new Set(), listener };
  }

  /** @returns the first thing that is wrong; the replay cannot go on then */
  take(entry: LedgerEntry): Fault | null {
    const { chain, sale } = this;
    const broken = linkFault(chain, entry);
    if (broken !== null) return { sequence: entry.firstSequence, offset: entry.firstOffset, ...broken };
    sale.now = entry.now;
    let offset = chain.offset;
    sale.sequence = chain.sequence;
    for (const text of entry.decisions.split('\n')) {
      sale.sequence += 1;
      const line = readLine(text);
      if (line === null) return { sequence: sale.sequence, offset: offset + 1, ...wrong('a line', 'a decision', excerpt(text)) };
      const fault = line.offset <= offset ? wrong('offsets ascend', `more than ${offset}`, line.offset) : replayLine(sale, line);
      if (fault !== null) return { sequence: sale.sequence, offset: line.offset, ...fault };
      if (sale.sequence === chain.sequence + 1 && line.offset !== entry.firstOffset)
        return { sequence: sale.sequence, offset: line.offset, ...wrong("the entry's first offset", line.offset, entry.firstOffset) };
      offset = line.offset;
    }
    const { partition, lastSequence, lastOffset, hash, now } = entry;
    const end = { sequence: sale.sequence, offset };
    if (sale.sequence !== lastSequence) return { ...end, ...wrong("the entry's last sequence, by its lines", sale.sequence, lastSequence) };
    if (offset !== lastOffset) return { ...end, ...wrong("the entry's last offset", offset, lastOffset) };
    this.chain = { partition, sequence: lastSequence, offset: lastOffset, headHash: hash, decidedAt: now };
    return null;
  }
}

/** Whether an entry continues the chain, and is what was hashed. */
function linkFault(chain: Chain, entry: LedgerEntry): Wrong | null {
  const { firstSequence, previousHash, hash, partition, now } = entry;
  if (firstSequence !== chain.sequence + 1)
    return wrong('the numbers have a gap or a repetition here: first sequence of the entry', chain.sequence + 1, firstSequence);
  const computed = entryHash(entry);
  if (hash !== computed) return wrong('the entry was changed after it was written: hash of its bytes', computed, hash);
  if (previousHash !== chain.headHash)
    return wrong('the chain is broken: the entry before was replaced, or this one; previous hash', chain.headHash, previousHash);
  if (chain.sequence > 0 && partition !== chain.partition) return wrong('the partition of the SKU', chain.partition, partition);
  if (now < chain.decidedAt) return wrong('time goes back: moment of the entry', `${chain.decidedAt} or later`, now);
  return null;
}

function replayLine(sale: Sale, line: Line): Wrong | null {
  const fault = replayCommand(sale, line);
  if (fault !== null) return fault;
  const { total, reserved, confirmed } = sale;
  const sound = reserved >= 0 && confirmed >= 0 && reserved + confirmed <= total;
  return sound ? null : wrong('reserved and confirmed together', `0 to ${total}`, `${reserved} and ${confirmed}`);
}

function replayCommand(sale: Sale, line: Line): Wrong | null {
  switch (line.type) {
    case 'reserve':
      return replayReserve(sale, line);
    case 'configure':
    case 'adjust':
      return replayOperation(sale, line);
    default:
      return replayHold(sale, line);
  }
}

const excerpt = (text: string): string => (text.length > 120 ? `${text.slice(0, 120)}...` : text || 'nothing');
