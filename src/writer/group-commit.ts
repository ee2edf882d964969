import type { SkuBatch } from '../domain/decision.js';
import type { SkuId } from '../domain/ids.js';
import type { WriterStore } from '../ports/store.js';
import { failureKind, Withdrawn } from './errors.js';

/** What a statement carries at most: its time is that of its rows, 14 us each, and everybody in it waits for all of it. */
const MAX_BATCHES = 250;
const MAX_COMMANDS = 1_000;
/** Statements under way at once: while the database works on one, the next is on its way. A third gains nothing. */
const MAX_STATEMENTS = 2;
/** Commands that must wait for a second one: fewer are better gathered into the statement after the one under way. */
const WORTH_A_STATEMENT = 128;

/** `committed`: durable. `lost`: somebody else has committed this SKU since it was read; nothing of the batch was changed. */
export type CommitOutcome = 'committed' | 'lost';

export type SubmitBatch = (batch: SkuBatch, isOwner: () => boolean) => Promise<CommitOutcome>;

interface Waiting {
  readonly batch: SkuBatch;
  readonly isOwner: () => boolean;
  readonly resolve: (outcome: CommitOutcome) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * One committer a process: a statement carries every batch that waits, and the next one is built when it is back, or beside it when there
 * is enough for it. 5,000 commands/s over 200 SKUs are decided in 12 ms (p95) this way, in 125-160 ms with a transaction for each SKU.
 *
 * Batches of one SKU go in the order of submission, one a statement, chained by their hashes: where the first loses or fails, the second loses.
 */
export function createGroupCommit(store: Pick<WriterStore, 'commit'>): SubmitBatch {
  let waiting: Waiting[] = [];
  let underWay = 0;
  let scheduled = false;

  function schedule(): void {
    if (scheduled) return;
    scheduled = true;
    // When every partition of the same fetch has decided its chunk: a statement of the first one's few commands costs as much as one of
    // all, 400 us of the database's CPU beside the rows.
    setImmediate(() => {
      scheduled = false;
      while (isTimeForAnother()) start();
    });
  }

  function isTimeForAnother(): boolean {
    if (waiting.length === 0 || underWay >= MAX_STATEMENTS) return false;
    return underWay === 0 || commandsIn(waiting) >= WORTH_A_STATEMENT;
  }

  function start(): void {
    const { chosen, rest } = choose(waiting);
    waiting = rest;
    if (chosen.length === 0) return;
    underWay += 1;
    void commitTogether(store, chosen).finally(() => {
      underWay -= 1;
      schedule();
    });
  }

  return (batch, isOwner) =>
    new Promise((resolve, reject) => {
      waiting.push({ batch, isOwner, resolve, reject });
      schedule();
    });
}

const commandsIn = (waiting: readonly Waiting[]): number => waiting.reduce((sum, { batch }) => sum + batch.decisions.length, 0);

/** The next statement's batches: first come first served, at most one a SKU, within the limits; at least one where any waits. */
function choose(waiting: readonly Waiting[]): { chosen: Waiting[]; rest: Waiting[] } {
  const chosen: Waiting[] = [];
  const rest: Waiting[] = [];
  const taken = new Set<SkuId>();
  let commands = 0;
  for (const entry of waiting) {
    const { batch } = entry;
    const { skuId } = batch.entry;
    if (!entry.isOwner()) {
      entry.reject(new Withdrawn());
      continue;
    }
    const fits = chosen.length === 0 || (chosen.length < MAX_BATCHES && commands + batch.decisions.length <= MAX_COMMANDS);
    if (fits && !taken.has(skuId)) {
      chosen.push(entry);
      commands += batch.decisions.length;
    } else rest.push(entry);
    taken.add(skuId);
  }
  return { chosen, rest };
}

/** Never rejects: every batch learns its own outcome. */
async function commitTogether(store: Pick<WriterStore, 'commit'>, chosen: readonly Waiting[]): Promise<void> {
  try {
    settle(chosen, await store.commit(chosen.map(({ batch }) => batch)));
  } catch (error) {
    if (chosen.length === 1 || failureKind(error) === 'transient') {
      for (const { reject } of chosen) reject(error);
      return;
    }
    // One bad row fails the whole statement and changes nothing: apart, only its own SKU is refused.
    for (const entry of chosen) {
      if (entry.isOwner()) await commitTogether(store, [entry]);
      else entry.reject(new Withdrawn());
    }
  }
}

function settle(chosen: readonly Waiting[], committed: ReadonlySet<SkuId>): void {
  for (const { batch, resolve } of chosen) resolve(committed.has(batch.entry.skuId) ? 'committed' : 'lost');
}
