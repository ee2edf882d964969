import type { ClientBase } from 'pg';
import { schemaFaults } from '../catalogue/migrate.js';
import type { Config } from '../config.js';
import { createClient } from '../connections/postgres.js';
import { askAll, postgresQuestion } from '../connections/startup-check.js';

/** Runs `work` on a connection to a database that answers and is migrated; else the error says what to do. */
export async function withDatabase<T>(config: Config, work: (client: ClientBase) => Promise<T>): Promise<T> {
  await askAll([postgresQuestion(config, schemaFaults)]);
  const client = createClient(config.postgres, 'cli');
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
