import type { Admin, AssignerProtocol, MemberDescription } from 'kafkajs';
import type { Offset } from '../domain/ids.js';
import type { PartitionOwnerName } from '../ports/operations.js';

/** The driver's decoder of what the group has given a member: a driver is constructed, and used as a value, elsewhere. */
export type DecodeAssignment = (typeof AssignerProtocol)['MemberAssignment']['decode'];

/** Where each partition of the topic ends. */
export async function logEnds(admin: Pick<Admin, 'fetchTopicOffsets'>, topic: string): Promise<ReadonlyMap<number, Offset>> {
  const offsets = await admin.fetchTopicOffsets(topic);
  return new Map(offsets.map(({ partition, high }) => [partition, Number(high) as Offset]));
}

/** Who decides which partition, as the consumer group has it. One without an owner is missing: nobody runs, or the group is being formed anew. */
export async function partitionOwners(
  admin: Pick<Admin, 'describeGroups'>,
  group: string,
  topic: string,
  decode: DecodeAssignment,
): Promise<ReadonlyMap<number, PartitionOwnerName>> {
  const { groups } = await admin.describeGroups([group]);
  return new Map(
    (groups[0]?.members ?? []).flatMap((member) => partitionsOf(member, topic, decode).map((partition) => [partition, nameOf(member)])),
  );
}

function partitionsOf({ memberAssignment }: MemberDescription, topic: string, decode: DecodeAssignment): readonly number[] {
  // Nothing yet, while the group is being formed.
  if (memberAssignment.length === 0) return [];
  return decode(memberAssignment)?.assignment[topic] ?? [];
}

/** The brokers write a host as /10.0.0.7. */
const nameOf = ({ memberId, clientHost }: MemberDescription): PartitionOwnerName => ({
  member: memberId,
  host: clientHost.replace(/^\//, ''),
});
