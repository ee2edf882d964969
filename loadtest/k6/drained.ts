import { setTimeout as wait } from 'node:timers/promises';
import { type Admin, Kafka, logLevel } from 'kafkajs';
import type pg from 'pg';
import { Failure } from '../../infra/local/failure.mjs';
import type { OwnPlace, Servers } from './own-place.js';

/** A long backlog may take its time; a writer that stands still for this long has stopped. */
const NO_PROGRESS_MS = 30_000;

/** Waits until every record of the topic is decided. Nobody may publish any more. */
export async function untilDrained(place: OwnPlace, servers: Servers, database: pg.ClientBase): Promise<void> {
  const admin = new Kafka({ clientId: place.name, brokers: servers.kafkaBrokers.split(','), logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
  try {
    const ends = await endsOf(admin, place.topic);
    let fewest = Number.POSITIVE_INFINITY;
    let changedAt = Date.now();
    for (let left = await undecided(database, ends); left > 0; left = await undecided(database, ends)) {
      if (left < fewest) {
        fewest = left;
        changedAt = Date.now();
      }
      if (Date.now() - changedAt > NO_PROGRESS_MS)
        throw new Failure(`${left} commands are not decided, and none was for ${NO_PROGRESS_MS / 1000} s`);
      await wait(100);
    }
  } finally {
    await admin.disconnect();
  }
}

/** @returns for each partition the offset that its next record would get */
async function endsOf(admin: Admin, topic: string): Promise<Map<number, number>> {
  const offsets = await admin.fetchTopicOffsets(topic);
  return new Map(offsets.map(({ partition, high }) => [partition, Number(high)]));
}

async function undecided(database: pg.ClientBase, ends: ReadonlyMap<number, number>): Promise<number> {
  const { rows } = await database.query<{ partition: number; position: string }>(
    'select partition, next_offset as position from partitions',
  );
  const positions = new Map(rows.map(({ partition, position }) => [partition, Number(position)]));
  return [...ends].reduce((sum, [partition, end]) => sum + Math.max(0, end - (positions.get(partition) ?? 0)), 0);
}
