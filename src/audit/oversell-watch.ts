import { readFileSync } from 'node:fs';
import type { Pool } from 'pg';
import type { Clock } from '../ports/runtime.js';

const OVERSOLD_UNITS = readFileSync(new URL('./sql/oversold-units.sql', import.meta.url), 'utf8');
const EVERY_MS = 5_000;
/** A count may take at most this share of the time, however large the table: after one that took 1 s the next comes 50 s later. */
const SHARE_OF_TIME = 0.02;

export interface OversellWatchDependencies {
  readonly pool: Pool;
  readonly clock: Clock;
  readonly partitions: () => readonly number[];
  readonly onCount: (units: number) => void;
  readonly onError: (error: unknown) => void;
}

/** Counts oversold units again and again until the signal is aborted. */
export async function watchOversell(
  { pool, clock, partitions, onCount, onError }: OversellWatchDependencies,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    const started = clock.monotonic();
    try {
      const { rows } = await pool.query<{ units: number }>(OVERSOLD_UNITS, [partitions()]);
      onCount(Number(rows[0]?.units));
    } catch (error) {
      onError(error);
    }
    await clock.sleep(Math.max(EVERY_MS, (clock.monotonic() - started) / SHARE_OF_TIME), signal);
  }
}
