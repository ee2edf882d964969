import type { Member } from './members.js';

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
