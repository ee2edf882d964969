import type { ClientBase } from 'pg';
import { schemaFaults } from '../catalogue/migrate.js';
import type { PostgresConfig } from '../config.js';
import { addressOf } from '../connections/address.js';
import { createClient } from '../connections/postgres.js';
import { askAll, NotReady, postgresQuestion } from '../connections/startup-check.js';

/** For commands that go through whole tables: minutes and not the seconds of the service. */
const PATIENCE_MS = 3_600_000;

export const patient = (postgres: PostgresConfig): PostgresConfig => ({
  ...postgres,
  statementTimeoutMs: PATIENCE_MS,
  idleInTransactionTimeoutMs: PATIENCE_MS,
});

/**
 * Runs `work` on a connection to a database that answers and is migrated.
 * @throws NotReady where it is not, and where the connection breaks meanwhile
 */
export async function withPatientClient<T>(postgres: PostgresConfig, name: string, work: (client: ClientBase) => Promise<T>): Promise<T> {
  await askAll([postgresQuestion({ postgres }, schemaFaults)]);
  const client = createClient(patient(postgres), name);
  let broken: Error | undefined;
  // The statement under way fails by itself; without a listener the event would end the process, with the exit code of a finding.
  client.on('error', (error) => {
    broken = error;
  });
  try {
    await client.connect();
    return await work(client);
  } catch (error) {
    if (broken === undefined) throw error;
    throw new NotReady([`PostgreSQL at ${addressOf(postgres.url)} broke the connection: ${broken.message}`], 69);
  } finally {
    await client.end().catch(() => undefined);
  }
}
