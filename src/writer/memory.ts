import { isOperatorCommand, type LogRecord } from '../domain/command.js';
import type { SkuBatch, SkuSnapshot } from '../domain/decision.js';
import { Holdings } from '../domain/holdings.js';
import type { CommandId, Millis, SkuId } from '../domain/ids.js';
import type { Stock } from '../domain/stock.js';
import type { Clock } from '../ports/runtime.js';
import type { HeldUnits } from '../ports/store.js';
import type { CommandsBySku } from './commands-by-sku.js';
import { RecentRows } from './recent-rows.js';

/** SKUs of one partition that are remembered; the one not asked for longest goes first. */
const MAX_SKUS = 5_000;
/** Units held of a SKU, above which its holders are not read: the answer would block the process for too long (1 us a row). */
const MAX_UNITS_READ = 20_000;
/** Batches that may be decided while a SKU's holders are read. */
const MAX_STEPS = 500;
/** How long ids are looked up again after one that was taken for new was not. */
const DOUBT_MS = 60_000;
const NO_COMMANDS: ReadonlySet<CommandId> = new Set();

/** Buyers that all partitions of a process may remember together: about 100 bytes each. */
export class HolderBudget {
  used = 0;
  constructor(readonly max: number) {}
}

export interface MemoryDependencies {
  readonly budget: HolderBudget;
  readonly clock: Pick<Clock, 'monotonic'>;
  /** The database's clock, without asking it; null where it is not known well enough. */
  readonly databaseNow: () => Millis | null;
  /** What is held of a SKU, as of one commit; null for a SKU without a row. */
  readonly readHoldings: (skuId: SkuId) => Promise<HeldUnits | null>;
}

/** What a chunk need not read: all that is known of these SKUs, chunks before it included, committed or not. */
export interface Recall {
  readonly skus: ReadonlyMap<SkuId, SkuSnapshot>;
  /** The moment to decide at where nothing is read at all. */
  readonly now: Millis;
}
export const NOTHING_RECALLED: Recall = { skus: new Map(), now: 0 };

interface Remembered {
  readonly stock: Stock;
  /** Of every buyer who holds any. */
  readonly holdings: Holdings;
}

/** What of a batch is needed to carry a state forward. */
interface Step {
  readonly previousHash: string;
  readonly after: Stock;
  readonly holdings: Holdings;
}

/**
 * What the owner of a partition knows of its SKUs by having decided them: stock, who holds how much, and the reservations it made lately.
 * A chunk of remembered SKUs is decided without a read.
 *
 * It may be wrong, and nothing comes of it: a SKU that somebody else has committed fails the compare-and-set, an id that was taken for new
 * because nobody remembers it fails its primary key. Either changes nothing; the owner then forgets all and decides from the database.
 */
export class PartitionMemory {
  /** In the order of their last use. */
  private readonly skus = new Map<SkuId, Remembered>();
  private readonly rows: RecentRows;
  /** SKUs met that cannot be recalled yet, with what was decided of them meanwhile. Null: not to be tried again. */
  private readonly studied = new Map<SkuId, Step[] | null>();
  private doubtUntil = Number.NEGATIVE_INFINITY;

  constructor(private readonly deps: MemoryDependencies) {
    this.rows = new RecentRows(deps.clock);
  }

  /** What is needed to decide these records, of the SKUs where it is remembered: all of it but reservations made longer ago. */
  recall(records: CommandsBySku): Recall {
    const now = this.deps.databaseNow();
    if (now === null || this.deps.clock.monotonic() < this.doubtUntil) return NOTHING_RECALLED;
    const skus = new Map<SkuId, SkuSnapshot>();
    for (const [skuId, commands] of records) {
      const known = this.skus.get(skuId);
      if (known === undefined || !commands.every((record) => isRecallable(record, known.stock))) continue;
      skus.set(skuId, { stock: known.stock, reservations: this.rows, holdings: known.holdings, knownCommands: NO_COMMANDS });
    }
    return { skus, now };
  }

  /** Takes note of a batch that was decided, on whatever grounds; it need not be committed yet. */
  learn(batch: SkuBatch): void {
    this.rows.add(batch.created);
    if (batch.changed.length > 0) this.rows.add(batch.changed.map(({ after }) => after));
    const { skuId } = batch.after;
    const step: Step = { previousHash: batch.entry.previousHash, after: batch.after, holdings: batch.holdings };
    const known = this.skus.get(skuId);
    if (known?.stock.headHash === step.previousHash) {
      this.remember(step.after, known.holdings, [step]);
      return;
    }
    this.drop(skuId);
    if (batch.before.reserved + batch.before.confirmed === 0) this.remember(step.after, new Holdings(), [step]);
    else this.study(skuId, step);
  }

  /** Something did not go as decided: what was remembered may not be what is. */
  forget(): void {
    for (const skuId of [...this.skus.keys()]) this.drop(skuId);
    this.rows.clear();
    this.studied.clear();
  }

  /** An id that was taken for new was not: more of them may follow, so ids are looked up for a while. */
  doubt(): void {
    this.doubtUntil = this.deps.clock.monotonic() + DOUBT_MS;
  }

  /** @param holdings as they were before these steps; changed in place, and kept */
  private remember(stock: Stock, holdings: Holdings, steps: readonly Step[]): void {
    // First: the budget is given back by the size that the same map has now.
    this.drop(stock.skuId);
    for (const step of steps) holdings.take(step.holdings);
    this.skus.set(stock.skuId, { stock, holdings });
    this.deps.budget.used += holdings.size;
    for (const oldest of this.skus.keys()) {
      if (this.skus.size <= MAX_SKUS && this.deps.budget.used <= this.deps.budget.max) break;
      this.drop(oldest);
    }
    // No room even alone: its holders would be read again and again, to be dropped each time.
    if (!this.skus.has(stock.skuId)) this.studied.set(stock.skuId, null);
  }

  private drop(skuId: SkuId): void {
    this.deps.budget.used -= this.skus.get(skuId)?.holdings.size ?? 0;
    this.skus.delete(skuId);
  }

  /** A SKU that is met a second time is worth reading who holds it, beside the decisions and not before them. */
  private study(skuId: SkuId, step: Step): void {
    const steps = this.studied.get(skuId);
    if (steps === null) return;
    if (steps?.at(-1)?.after.headHash !== step.previousHash) {
      if (this.studied.size >= MAX_SKUS) this.studied.clear();
      this.studied.set(skuId, [step]);
      return;
    }
    steps.push(step);
    const { reserved, confirmed } = step.after;
    if (steps.length > MAX_STEPS || reserved + confirmed > MAX_UNITS_READ) this.studied.set(skuId, null);
    else if (steps.length === 2) void this.readHoldings(skuId, steps);
  }

  private async readHoldings(skuId: SkuId, steps: readonly Step[]): Promise<void> {
    const held = await this.deps.readHoldings(skuId).catch(() => null);
    if (this.studied.get(skuId) !== steps) return;
    const since = held === null ? null : stepsSince(steps, held.headHash);
    const last = steps.at(-1);
    if (held === null || since === null || last === undefined) {
      this.studied.set(skuId, null);
      return;
    }
    this.studied.delete(skuId);
    this.remember(last.after, held.units, since);
  }
}

/** An operator's command has to be looked up: it may have been decided long ago. */
const isRecallable = ({ offset, command }: LogRecord, { watermark }: Stock): boolean => offset > watermark && !isOperatorCommand(command);

/** The steps that follow the commit of this hash; null where it is none of theirs. */
function stepsSince(steps: readonly Step[], headHash: string): readonly Step[] | null {
  const next = steps.findIndex(({ previousHash }) => previousHash === headHash);
  if (next !== -1) return steps.slice(next);
  return steps.at(-1)?.after.headHash === headHash ? [] : null;
}
