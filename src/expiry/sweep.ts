import type { ExpireCommand } from '../domain/command.js';
import type { SkuBatch } from '../domain/decision.js';
import { commandIdFor, type Issuer, type Millis, type ReservationId, type UserId } from '../domain/ids.js';
import { partitionOfId } from '../domain/partition-hash.js';
import type { ExpiryStore, OverdueCursor, OverdueHold } from '../ports/expiry.js';
import type { Clock } from '../ports/runtime.js';
import type { Trouble } from '../telemetry/trouble.js';

const PASS_EVERY_MS = 250;
const PAGE = 1_000;
/**
 * Undecided `expire` commands at most: buyers' requests wait behind them in the same log. While 10,000 holds ended, the p95 of all decisions
 * was 237 to 258 ms with 1,000, and 75 to 146 ms with 300; the last unit was back after 0.7 to 0.9 and 0.8 to 1.2 s.
 */
const MAX_UNDECIDED = 300;
/** After so long without a decision a hold is asked for again: its command may have been lost with a failed publish. */
const ASK_AGAIN_MS = 5_000;
/**
 * How far behind the last pass the next one begins: a reservation may become visible after its hold is over, where it is held for a second and
 * its commit took two. Now and then much further, for commits that hung until their time-out.
 */
const MARGIN_MS = 2_000;
const DEEP_MARGIN_MS = 60_000;
const DEEP_EVERY_MS = 10_000;
/** Who an `expire` is published by. */
const SWEEPER = { issuer: 'flashsale' as Issuer, userId: 'expiry' as UserId };
const LOWEST_ID = '00000000-0000-0000-0000-000000000000';

export interface SweepDependencies {
  readonly store: ExpiryStore;
  readonly partitionCount: number;
  /** Those that this process owns and decides now. */
  readonly partitions: () => readonly number[];
  /** @throws when it is not certain that the command is in the log */
  readonly publish: (command: ExpireCommand) => Promise<unknown>;
  readonly clock: Clock;
  /** Milliseconds for which the oldest hold of these partitions has been over and undecided, once a pass; 0 where there is none. */
  readonly onLate: (ms: number) => void;
  readonly trouble: Trouble;
}

export interface Sweep {
  /** What was decided meanwhile: room for more. */
  decided(batches: readonly SkuBatch[]): void;
  /** Resolves when the pass under way is over. */
  stop(): Promise<void>;
}

/**
 * Finds holds that are over by the database's clock and asks the log to end them: one process for each partition, its owner. Whether a hold
 * really ends is decided by the writer like anything else; asking twice, or for a hold that was prolonged meanwhile, changes nothing.
 */
export function startSweep(deps: SweepDependencies): Sweep {
  const { store, clock } = deps;
  const asked = new Map<ReservationId, number>();
  const swept = new Map<number, Millis>();
  const ending = new AbortController();
  let deepAt = Number.NEGATIVE_INFINITY;
  let wake: (() => void) | null = null;

  async function pass(): Promise<void> {
    const partitions = deps.partitions();
    await learnSwept(partitions);
    if (partitions.length === 0) return deps.onLate(0);
    forgetOld();
    const isDeep = clock.monotonic() - deepAt >= DEEP_EVERY_MS;
    const from = Math.min(...partitions.map((partition) => swept.get(partition) ?? 0)) - (isDeep ? DEEP_MARGIN_MS : MARGIN_MS);
    const { startedAt, waiting } = await sweepFrom({ expiresAt: from, reservationId: LOWEST_ID }, new Set(partitions));
    // Stopped in the middle: of some partitions nothing was seen, and to take them for swept would leave their holds for ever.
    if (ending.signal.aborted) return;
    const done = partitions.filter((partition) => !waiting.has(partition));
    for (const partition of done) swept.set(partition, startedAt);
    if (!isDeep) return;
    deepAt = clock.monotonic();
    if (done.length > 0) await store.advanceSwept(done, startedAt);
  }

  /** Begins where the partitions' last owner was; of those that went away nothing is kept. */
  async function learnSwept(partitions: readonly number[]): Promise<void> {
    for (const partition of [...swept.keys()]) if (!partitions.includes(partition)) swept.delete(partition);
    const fresh = partitions.filter((partition) => !swept.has(partition));
    if (fresh.length === 0) return;
    const known = await store.swept(fresh);
    for (const partition of fresh) swept.set(partition, known.get(partition) ?? 0);
  }

  /** @returns the time that the pass stands for, and the partitions that had holds to end */
  async function sweepFrom(after: OverdueCursor, partitions: ReadonlySet<number>) {
    let cursor = after;
    let startedAt: Millis | null = null;
    const waiting = new Set<number>();
    while (!ending.signal.aborted) {
      const page = await store.overdue(cursor, PAGE);
      const mine = page.holds.filter(({ reservationId }) => partitions.has(partitionOfId(reservationId, deps.partitionCount)));
      if (startedAt === null) {
        startedAt = page.now;
        deps.onLate(page.now - (mine[0]?.expiresAt ?? page.now));
      }
      for (const hold of mine) {
        waiting.add(partitionOfId(hold.reservationId, deps.partitionCount));
        if (!asked.has(hold.reservationId)) await ask(hold);
      }
      const last = page.holds.at(-1);
      if (last === undefined || page.holds.length < PAGE) break;
      cursor = last;
    }
    return { startedAt: startedAt ?? 0, waiting };
  }

  async function ask(hold: OverdueHold): Promise<void> {
    while (asked.size >= MAX_UNDECIDED && !ending.signal.aborted) await room();
    if (ending.signal.aborted) return;
    asked.set(hold.reservationId, clock.monotonic());
    // Why it failed is told by the publisher, once for all that were in the same request.
    void deps.publish(expireCommand(hold, clock.now())).catch(() => asked.delete(hold.reservationId));
  }

  /** Resolves when something was decided, and in any case soon: what was asked long ago makes room too. */
  async function room(): Promise<void> {
    const woken = new Promise<void>((resolve) => {
      wake = resolve;
    });
    await Promise.race([woken, clock.sleep(PASS_EVERY_MS, ending.signal)]);
    forgetOld();
  }

  function forgetOld(): void {
    const oldest = clock.monotonic() - ASK_AGAIN_MS;
    for (const [id, at] of asked) if (at < oldest) asked.delete(id);
  }

  async function run(): Promise<void> {
    while (!ending.signal.aborted) {
      try {
        await pass();
        deps.trouble.over('pass');
      } catch (error) {
        deps.trouble.failed('pass', error);
      }
      await clock.sleep(PASS_EVERY_MS, ending.signal);
    }
  }
  const running = run();

  return {
    decided(batches) {
      if (asked.size === 0) return;
      for (const { decisions } of batches)
        for (const { record } of decisions) if (record.command.type === 'expire') asked.delete(record.command.reservationId);
      wake?.();
    },
    stop() {
      ending.abort();
      return running;
    },
  };
}

/** Of one hold always the same id: the same question. */
function expireCommand({ reservationId, skuId, expiresAt }: OverdueHold, now: Millis): ExpireCommand {
  const commandId = commandIdFor(skuId, ['expire', reservationId, String(expiresAt)]);
  return { type: 'expire', commandId, reservationId, skuId, ...SWEEPER, correlationId: `expiry-${reservationId}`, timestamp: now };
}
