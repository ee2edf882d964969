import { withAdmin } from '../../loadtest/stand/kafka-admin.js';
import type { Member } from '../../loadtest/stand/members.js';
import { eventually } from '../support/eventually.js';
import { type Stand, signalled } from './stand.js';

/**
 * Ends writers, and resolves when nothing of them is left: no member in the group, and no connection on which the database still carries
 * out what a killed one has sent.
 * @param signals one each
 */
export async function endWriters(stand: Stand, writers: readonly Member[], signals: readonly NodeJS.Signals[]): Promise<void> {
  await Promise.all(writers.map((writer, n) => signalled(writer, signals[n % signals.length] as NodeJS.Signals)));
  const { place, sql } = stand;
  await withAdmin(place, (admin) =>
    eventually(async () => {
      const { groups } = await admin.describeGroups([place.consumerGroup]);
      return groups[0]?.members.length === 0;
    }),
  );
  await eventually(async () => {
    const { rowCount } = await sql.query(
      `select from pg_stat_activity where datname = current_database() and application_name like 'flashsale-writer%'`,
    );
    return rowCount === 0;
  });
}

/** As somebody does with the brokers' tools, who wants the group to begin elsewhere. Nobody may be in the group. */
export async function setGroupOffsets({ place }: Stand, partitions: number, offset: string): Promise<void> {
  await withAdmin(place, (admin) =>
    admin.setOffsets({
      groupId: place.consumerGroup,
      topic: place.topic,
      partitions: Array.from({ length: partitions }, (_, partition) => ({ partition, offset })),
    }),
  );
}
