import { Command } from 'commander';
import { migrate } from '../catalogue/migrate.js';
import { loadConfig } from '../config.js';
import { createKnex } from '../connections/postgres.js';
import { askAll, postgresQuestion } from '../connections/startup-check.js';

export const migrateCommand = (): Command =>
  new Command('migrate').description('bring the database to this version; does nothing where it is').action(async () => {
    const config = loadConfig();
    await askAll([postgresQuestion(config, async () => [])]);
    // Without limits: a migration may rewrite a table, and one connection holds the lock meanwhile.
    const postgres = { ...config.postgres, idleInTransactionTimeoutMs: 0 };
    const knex = createKnex(postgres, { name: 'migrate', connections: 2, statementTimeoutMs: 0 });
    try {
      const applied = await migrate(knex);
      console.log(applied.length === 0 ? 'the database is up to date' : `applied ${applied.join(', ')}`);
    } finally {
      await knex.destroy();
    }
  });
