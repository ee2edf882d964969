import type { Offset } from '../../src/domain/ids.js';
import type { LogConsumer, RawRecord } from '../../src/ports/log.js';

/** A consumer of the group, and what it has been told. */
export class Member {
  /** Null before the first assignment. */
  owned: readonly number[] | null = null;
  private readonly heard = new Map<number, RawRecord[]>();

  private constructor(readonly consumer: LogConsumer) {}

  static async start(consumer: LogConsumer): Promise<Member> {
    const member = new Member(consumer);
    await consumer.start({
      assigned: (partitions) => {
        member.owned = [...partitions].sort((a, b) => a - b);
      },
      lost: () => undefined,
      records: (partition, records) => void member.heard.set(partition, [...member.of(partition), ...records]),
    });
    return member;
  }

  /** Records of a partition since it was last told where to go, in the order of their delivery. */
  of(partition: number): readonly RawRecord[] {
    return this.heard.get(partition) ?? [];
  }

  offsets(partition: number): number[] {
    return this.of(partition).map(({ offset }) => offset);
  }

  seek(partition: number, offset: number): void {
    this.heard.delete(partition);
    this.consumer.seek(partition, offset as Offset);
  }
}
