import { setTimeout as sleep } from 'node:timers/promises';
import { Failure } from '../../infra/local/failure.mjs';
import type { Member } from '../stand/members.js';
import { ownerOf } from '../stand/ownership.js';

export interface Kill {
  readonly writer: string;
  readonly pid: number;
  readonly partition: number;
  readonly unitsLeft: number;
  /** From the SIGKILL to the first decision about the hot SKU that the ledger then holds; null when none came in time. */
  readonly resumedAfterMs: number | null;
}

interface Watched {
  hotUnitsLeft(): Promise<number | null>;
  lastSequence(): Promise<number>;
}

/** Killed while there is most to lose: this share of the hot units is given out, the rest is still to be fought for. */
const KILL_AT_SHARE = 0.4;
/** A statement that the killed process had sent may still commit; after this its connection is gone and what comes is its successor's. */
const AFTERSHOCK_MS = 150;
const POLL_MS = 10;
const RESUME_WITHIN_MS = 60_000;

/**
 * Waits for mid-sale, sends SIGKILL to the process that owns the partition, does not start it again, and measures how long nothing is decided.
 */
export async function killOwner(
  { partition, units, members, signal }: { partition: number; units: number; members: readonly Member[]; signal: AbortSignal },
  watch: Watched,
  told: (kill: Omit<Kill, 'resumedAfterMs'>) => void,
): Promise<Kill> {
  const owner = await ownerOf(partition, members);
  if (owner === undefined) throw new Failure(`no writer owns partition ${partition}`, 70);
  const unitsLeft = await untilUnitsLeft(Math.floor(units * (1 - KILL_AT_SHARE)), watch, signal);

  const killedAt = performance.now();
  process.kill(owner.process.pid, 'SIGKILL');
  const kill = { writer: owner.name, pid: owner.process.pid, partition, unitsLeft };
  told(kill);
  await owner.process.exited;
  await sleep(AFTERSHOCK_MS, undefined, { signal });
  return { ...kill, resumedAfterMs: await untilDecided(await watch.lastSequence(), killedAt, watch, signal) };
}

async function untilUnitsLeft(most: number, watch: Watched, signal: AbortSignal): Promise<number> {
  for (;;) {
    const left = await watch.hotUnitsLeft();
    if (left !== null && left <= most) return left;
    await sleep(POLL_MS, undefined, { signal });
  }
}

async function untilDecided(after: number, killedAt: number, watch: Watched, signal: AbortSignal): Promise<number | null> {
  while (performance.now() < killedAt + RESUME_WITHIN_MS) {
    if ((await watch.lastSequence()) > after) return performance.now() - killedAt;
    await sleep(POLL_MS, undefined, { signal });
  }
  return null;
}
