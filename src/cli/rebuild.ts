import { Command, InvalidArgumentError, Option } from 'commander';
import { migrate } from '../catalogue/migrate.js';
import { ConfigError } from '../config/fault.js';
import { loadConfig, type PostgresConfig } from '../config.js';
import { addressOf } from '../connections/address.js';
import { createClient, createKnex } from '../connections/postgres.js';
import { askAll, NotReady, postgresQuestion } from '../connections/startup-check.js';
import { describeFinding } from '../ledger/fault.js';
import { rebuild } from '../ledger/rebuild.js';
import { isEmpty, whyNotMigrated } from '../ledger/rebuild-target.js';
import { verify } from '../ledger/verify.js';
import { patient, withPatientClient } from './long-read.js';
import { progressLine } from './progress.js';
import { keepHeapSmall } from './small-heap.js';
import { describe, EXIT_WRONG } from './verify.js';

interface Options {
  readonly into: string;
}

export const rebuildCommand = (): Command =>
  new Command('rebuild')
    .description('build stock and reservations anew in another, empty database, from the ledger alone; then verify them')
    .addOption(new Option('--into <database url>', 'that database; it is migrated').makeOptionMandatory().argParser(parseUrl))
    .action(async ({ into }: Options) => {
      keepHeapSmall();
      const { postgres } = loadConfig();
      const target = { ...postgres, url: into };
      await withPatientClient(postgres, 'rebuild-source', async (source) => {
        await prepareTarget(source, target);
        await withPatientClient(target, 'rebuild-target', async (client) => {
          if (!(await isEmpty(client))) throw refused(target, 'it is not empty');
          const finding = await rebuild({ source, target: client, onProgress: progressLine('rebuild') });
          if (finding === null) return;
          console.log(`${describeFinding(finding)}\nrebuild: WRONG: the ledger is broken, so nothing was built`);
          process.exitCode = EXIT_WRONG;
        });
      });
      if (process.exitCode === EXIT_WRONG) return;
      const result = await withPatientClient(target, 'verify', (client) => verify(client, { onProgress: progressLine('verify') }));
      console.log(describe('rebuild', result));
      if (result.wrongSkus > 0) process.exitCode = EXIT_WRONG;
    });

/** Brings the target to this version of the schema, unless it is the source or somebody else's. */
async function prepareTarget(source: Parameters<typeof whyNotMigrated>[0], postgres: PostgresConfig): Promise<void> {
  await askAll([postgresQuestion({ postgres }, async () => [])]);
  const client = createClient(postgres, 'rebuild-target');
  client.on('error', () => undefined);
  try {
    await client.connect();
    const why = await whyNotMigrated(source, client);
    if (why !== null) throw refused(postgres, why);
  } finally {
    await client.end().catch(() => undefined);
  }
  const knex = createKnex(patient(postgres), { name: 'rebuild-migrate', connections: 2, statementTimeoutMs: 0 });
  try {
    await migrate(knex);
  } finally {
    await knex.destroy();
  }
}

const refused = (postgres: PostgresConfig, why: string): NotReady =>
  new NotReady([`${addressOf(postgres.url)} cannot be the target: ${why}.\nName another database, one without any table.`], 78);

/** Judged as the setting of the service's own database is. */
function parseUrl(url: string): string {
  try {
    return loadConfig({ FLASHSALE_DATABASE_URL: url }).postgres.url;
  } catch (error) {
    if (error instanceof ConfigError) throw new InvalidArgumentError(error.faults.map(({ problem }) => problem).join(' '));
    throw error;
  }
}
