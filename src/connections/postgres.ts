import knexFactory, { type Knex } from 'knex';
import pg from 'pg';
import type { PostgresConfig } from '../config.js';
import type { Log } from '../telemetry/log.js';
import { parseTimestamptz } from './timestamptz.js';

/**
 * For the hot statements. A plan made while `reservations` was still empty scans the SKU for ever (3,000/s and falling), and custom plans
 * do not save it: so one generic plan, which can only use the indexes it is meant to use. Such statements join from `unnest(...)`, never
 * `= any(...)`. Everything else uses `plainPool`, with the planner as it is.
 */
const HOT_SETTINGS = {
  plan_cache_mode: 'force_generic_plan',
  enable_seqscan: 'off',
  enable_hashjoin: 'off',
  enable_mergejoin: 'off',
  enable_bitmapscan: 'off',
  jit: 'off',
} as const;

export interface PoolSettings {
  /** Shown in pg_stat_activity after `flashsale-`. */
  readonly name: string;
  readonly connections: number;
}

/** Its statements are sent without waiting for the answers to those before them on the same connection. */
export function hotPool(config: PostgresConfig, settings: PoolSettings, log: Log): pg.Pool {
  const options = Object.entries(HOT_SETTINGS).map(([name, value]) => `-c ${name}=${value}`);
  return pool({ ...connection(config, settings.name), options: options.join(' '), pipeline: true }, settings, log);
}

export function plainPool(config: PostgresConfig, settings: PoolSettings, log: Log): pg.Pool {
  return pool(connection(config, settings.name), settings, log);
}

/** For migrations and operators' queries. `statementTimeoutMs` 0: a migration may rewrite a table. */
export function createKnex(config: PostgresConfig, settings: PoolSettings & { readonly statementTimeoutMs?: number }): Knex {
  const { query_timeout, ...options } = connection(config, settings.name);
  const statementTimeoutMs = settings.statementTimeoutMs ?? config.statementTimeoutMs;
  return knexFactory({
    client: 'pg',
    connection: { ...options, statement_timeout: statementTimeoutMs, ...(statementTimeoutMs > 0 && { query_timeout }) },
    acquireConnectionTimeout: config.connectTimeoutMs,
    pool: { min: 0, max: settings.connections },
  });
}

/** One connection outside any pool, for whoever asks a single question. The caller connects and ends it. */
export function createClient(config: PostgresConfig, name: string): pg.Client {
  return new pg.Client(connection(config, name));
}

function pool(options: pg.PoolConfig, { connections }: PoolSettings, log: Log): pg.Pool {
  // Connections are kept: opening one in mid-sale costs milliseconds, and its first statement is planned anew.
  const created = new pg.Pool({ ...options, max: connections, idleTimeoutMillis: 0 });
  // Without a listener a connection that breaks while idle would end the process.
  created.on('error', (error) =>
    log.warn('an idle connection to PostgreSQL broke and is replaced', { error, pool: options.application_name }),
  );
  // Nor one that breaks while somebody has taken it out of the pool: its statements fail, and that is all there is to say.
  created.on('connect', (client) => client.on('error', () => undefined));
  return created;
}

function connection(config: PostgresConfig, name: string) {
  return {
    connectionString: config.url,
    application_name: `flashsale-${name}`,
    keepAlive: true,
    types: { getTypeParser: getTypeParser as typeof pg.types.getTypeParser & Knex.PgGetTypeParser },
    // All of these are off by default.
    connectionTimeoutMillis: config.connectTimeoutMs,
    statement_timeout: config.statementTimeoutMs,
    lock_timeout: config.lockTimeoutMs,
    idle_in_transaction_session_timeout: config.idleInTransactionTimeoutMs,
    // The server enforces statement_timeout; this one is for a server that is gone without a word.
    query_timeout: config.statementTimeoutMs + 2_000,
  } satisfies pg.ClientConfig;
}

const { INT8, TIMESTAMPTZ } = pg.types.builtins;

/**
 * Per connection, not for the whole process (pg.types.setTypeParser would change other users of pg, tests included): bigint is a number
 * (exact to 2^53, and an offset never gets there), timestamptz is epoch milliseconds.
 */
const getTypeParser: typeof pg.types.getTypeParser = (oid: number, format?: 'text' | 'binary') => {
  if (format !== 'binary' && oid === INT8) return Number;
  if (format !== 'binary' && oid === TIMESTAMPTZ) return parseTimestamptz;
  return pg.types.getTypeParser(oid, format);
};
