import { setTimeout as sleep } from 'node:timers/promises';
import { Failure } from '../../infra/local/failure.mjs';
import { assertRunning, type Member } from './service.js';

/** The topic's partitions, as the service makes them unless told otherwise. */
export const PARTITIONS = 10;
const READY_WITHIN_MS = 60_000;

/** The partitions of a writer: it has a lag only for those it owns. */
export function ownedPartitions(metrics: string): ReadonlySet<number> {
  const lines = metrics.matchAll(/^flashsale_kafka_consumer_lag\{[^}]*partition="(\d+)"[^}]*\} /gm);
  return new Set([...lines].map(([, partition]) => Number(partition)));
}

export async function partitionsOf({ metricsUrl }: Member): Promise<ReadonlySet<number>> {
  const response = await fetch(metricsUrl, { signal: AbortSignal.timeout(2_000) });
  return ownedPartitions(await response.text());
}

/** @returns the writer that owns the partition; undefined while nobody does */
export async function ownerOf(partition: number, members: readonly Member[]): Promise<Member | undefined> {
  for (const member of members) {
    if (member.role === 'writer' && !member.hasEnded() && (await partitionsOf(member)).has(partition)) return member;
  }
  return undefined;
}

/** Resolves when the API says it is ready and the partitions are shared out among all writers, each partition to one. */
export async function untilReady(members: readonly Member[], signal: AbortSignal): Promise<void> {
  for (const deadline = performance.now() + READY_WITHIN_MS; ; await sleep(100, undefined, { signal })) {
    assertRunning(members);
    const missing = await Promise.all(members.map((member) => (member.role === 'api' ? apiIsMissing(member) : writerIsMissing(member))));
    if (missing.every((what) => what === null) && (await isSharedOut(members))) return;
    if (performance.now() > deadline) {
      const what = missing.find((each) => each !== null) ?? 'the partitions are not shared out among the writers';
      throw new Failure(
        `the service was not ready within ${READY_WITHIN_MS / 1_000} s: ${what}; its logs: ${members[0]?.logFile ?? ''}`,
        69,
      );
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
