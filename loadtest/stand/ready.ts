import { setTimeout as sleep } from 'node:timers/promises';
import { exitCodes, Failure } from '../../infra/local/failure.mjs';
import { assertRunning, type Member } from './members.js';
import { partitionsOf } from './ownership.js';
import { PARTITIONS } from './service.js';

const READY_WITHIN_MS = 60_000;

/** Resolves when the API says it is ready and the partitions are shared out among all writers, each partition to one. */
export async function untilReady(members: readonly Member[]): Promise<void> {
  for (const deadline = performance.now() + READY_WITHIN_MS; ; await sleep(100)) {
    assertRunning(members);
    const missing = await Promise.all(members.map((member) => (member.role === 'api' ? apiIsMissing(member) : writerIsMissing(member))));
    if (missing.every((what) => what === null) && (await isSharedOut(members))) return;
    if (performance.now() > deadline) {
      const what = missing.find((each) => each !== null) ?? 'the partitions are not shared out among the writers';
      const logs = members.map(({ logFile }) => logFile).join(' ');
      throw new Failure(`the service was not ready within ${READY_WITHIN_MS / 1_000} s: ${what}; logs: ${logs}`, exitCodes.unavailable);
    }
  }
}

async function apiIsMissing({ baseUrl }: Member): Promise<string | null> {
  try {
    const response = await fetch(`${baseUrl}/readyz`, { signal: AbortSignal.timeout(2_000) });
    const body = await response.text();
    return response.status === 200 ? null : `${baseUrl}/readyz answers ${response.status} ${body.slice(0, 300)}`;
  } catch (error) {
    return `${baseUrl}/readyz: ${String(error)}`;
  }
}

async function writerIsMissing(member: Member): Promise<string | null> {
  const owned = await partitionsOf(member).catch(() => null);
  if (owned === null) return `${member.name} does not answer at ${member.metricsUrl}`;
  return owned.size > 0 ? null : `${member.name} owns no partition`;
}

async function isSharedOut(members: readonly Member[]): Promise<boolean> {
  const owned = await Promise.all(members.filter(({ role }) => role === 'writer').map(partitionsOf));
  const all = owned.flatMap((partitions) => [...partitions]);
  return all.length === PARTITIONS && new Set(all).size === PARTITIONS;
}
