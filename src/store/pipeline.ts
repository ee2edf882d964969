import type { Pool, PoolClient } from 'pg';

interface Lease {
  readonly connection: Promise<PoolClient>;
  users: number;
  broken: boolean;
}

export type Pipeline = <T>(work: (connection: PoolClient) => Promise<T>) => Promise<T>;

/**
 * Statements that follow each other on one connection without waiting for each other's answers, each a transaction of its own, in the order
 * of the calls. After a failure no more are begun on that connection, and it is not used again.
 *
 * @param pool of one connection, which pipelines
 */
export function createPipeline(pool: Pool): Pipeline {
  let lease: Lease | null = null;
  return async (work) => {
    lease ??= { connection: pool.connect(), users: 0, broken: false };
    const mine = lease;
    mine.users += 1;
    try {
      return await work(await mine.connection);
    } catch (error) {
      mine.broken = true;
      if (lease === mine) lease = null;
      throw error;
    } finally {
      mine.users -= 1;
      if (mine.users === 0) {
        if (lease === mine) lease = null;
        // No connection, nothing to give back: `work` was never called then.
        void mine.connection.then(
          (connection) => connection.release(mine.broken),
          () => undefined,
        );
      }
    }
  };
}
