import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import { Failure } from '../../infra/local/failure.mjs';
import { withAdmin } from './kafka-admin.js';
import { assertRunning, type Member } from './members.js';
import type { Place } from './place.js';

/** A long backlog may take its time; a writer that stands still for this long has stopped. */
const NO_PROGRESS_MS = 30_000;
const LOOK_EVERY_MS = 50;

/** Waits until every record of the topic is decided. Nobody may publish any more. @throws Failure when nothing is decided any more */
export async function untilDrained(place: Place, database: pg.ClientBase, members: readonly Member[]): Promise<void> {
  const ends = await endsOf(place);
  let fewest = Number.POSITIVE_INFINITY;
  let changedAt = performance.now();
  for (let left = await undecided(database, ends); left > 0; left = await undecided(database, ends)) {
    assertRunning(members);
    if (left < fewest) {
      fewest = left;
      changedAt = performance.now();
    }
    if (performance.now() - changedAt > NO_PROGRESS_MS)
      throw new Failure(`${left} commands are not decided, and none was for ${NO_PROGRESS_MS / 1_000} s`);
    await sleep(LOOK_EVERY_MS);
  }
}

/** @returns for each partition the offset that its next record would get */
async function endsOf(place: Place): Promise<ReadonlyMap<number, number>> {
  const offsets = await withAdmin(place, (admin) => admin.fetchTopicOffsets(place.topic));
  return new Map(offsets.map(({ partition, high }) => [partition, Number(high)]));
}

async function undecided(database: pg.ClientBase, ends: ReadonlyMap<number, number>): Promise<number> {
  const { rows } = await database.query<{ partition: number; position: string }>(
    'select partition, next_offset as position from partitions',
  );
  const positions = new Map(rows.map(({ partition, position }) => [partition, Number(position)]));
  return [...ends].reduce((sum, [partition, end]) => sum + Math.max(0, end - (positions.get(partition) ?? 0)), 0);
}
