import { readFileSync } from 'node:fs';
import type pg from 'pg';
import type { SkuId } from '../../../src/domain/ids.js';
import type { AppendTimes } from './append-times.js';
import type { Snapshots } from './commit-watch.js';

const sql = (name: string): string => readFileSync(new URL(`./sql/${name}.sql`, import.meta.url), 'utf8');
const [TABLES, KEEP_APPENDED, KEEP_SEEN, LATENCIES] = ['tables', 'keep-appended', 'keep-seen', 'latencies'].map(sql) as [
  ...[string, string, string, string],
];

export interface Percentiles {
  readonly commands: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly p99Ms: number;
}

/** From the broker's append to the commit. */
export interface BurstLatencies {
  /** Of the other SKUs, before the first burst. */
  readonly without: Percentiles;
  /** Of the other SKUs, appended while a burst was decided. */
  readonly beside: Percentiles;
  /** Of these, the SKUs in the partition of the burst. */
  readonly ownPartition: Percentiles;
  readonly otherPartitions: Percentiles;
  readonly burst: Percentiles;
  /** From the first append of a burst to its last commit, on average. */
  readonly burstMs: number;
}

interface Row extends Percentiles {
  readonly beside: 'without' | 'burst' | 'hot';
  readonly place: 'any' | 'own' | 'elsewhere';
  /** Commands whose commit no snapshot shows. */
  readonly unseen: number;
  readonly burstMs: number;
  /** Bursts that were not decided when another began. */
  readonly overlaps: number;
}

export interface Observed {
  readonly appended: AppendTimes;
  readonly seen: Snapshots;
}

/** @throws when a part of it was not measured */
export async function burstLatencies(
  database: pg.ClientBase,
  { appended, seen }: Observed,
  hot: readonly SkuId[],
  warmUpSeconds: number,
): Promise<BurstLatencies> {
  await database.query(TABLES);
  await database.query(KEEP_APPENDED, [appended.partitions, appended.offsets, appended.times]);
  await database.query(KEEP_SEEN, [seen.times, seen.snapshots]);
  const { rows } = await database.query<Row>(LATENCIES, [hot, warmUpSeconds * 1_000]);
  if (rows.some(({ overlaps }) => overlaps > 0)) throw new Error('a burst was not decided before the next one began: take fewer commands');
  const of = (beside: Row['beside'], place: Row['place']): Row => {
    const row = rows.find((each) => each.beside === beside && each.place === place);
    if (row === undefined) throw new Error(`no command was measured of these: ${beside}, partition ${place}`);
    if (row.unseen > 0) throw new Error(`the commits of ${row.unseen} commands were not seen: ${beside}, partition ${place}`);
    return row;
  };
  return {
    without: of('without', 'any'),
    beside: of('burst', 'any'),
    ownPartition: of('burst', 'own'),
    otherPartitions: of('burst', 'elsewhere'),
    burst: of('hot', 'any'),
    burstMs: of('hot', 'any').burstMs,
  };
}
