import { readFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import type pg from 'pg';

const SNAPSHOT = readFileSync(new URL('./sql/snapshot.sql', import.meta.url), 'utf8');

/** A commit is seen this much late at most, on a machine that is not busy. */
export const LOOK_EVERY_MS = 2;

/** Which transactions were done, and when: a row keeps the number of its transaction, but PostgreSQL keeps no time of its commit. */
export interface Snapshots {
  readonly times: readonly number[];
  readonly snapshots: readonly string[];
}

export interface CommitWatch {
  stop(): Promise<Snapshots>;
}

/** Asks PostgreSQL all the time which transactions are committed; it reads no table for that. */
export function watchCommits(database: pg.ClientBase): CommitWatch {
  const [times, snapshots]: [number[], string[]] = [[], []];
  let stopped = false;
  async function watch(): Promise<void> {
    while (!stopped) {
      const { rows } = await database.query<{ at: number; snapshot: string }>({ name: 'snapshot', text: SNAPSHOT });
      for (const { at, snapshot } of rows) {
        times.push(at);
        snapshots.push(snapshot);
      }
      await wait(LOOK_EVERY_MS);
    }
  }
  const watching = watch();
  // Whoever stops it hears of a failure.
  watching.catch(() => undefined);
  return {
    async stop() {
      stopped = true;
      await watching;
      return { times, snapshots };
    },
  };
}
