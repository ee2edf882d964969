import { Failure } from '../../infra/local/failure.mjs';
import { runCli } from '../../infra/local/service-cli.mjs';
import { createDatabase } from './database.js';
import type { Place } from './place.js';
import type { Environment } from './servers.js';

/** Set and not left to the default: whoever waits for the partitions, or publishes to them, has to know how many there are. */
export const PARTITIONS = 10;

/** What every process of the service gets at this place; the rest is the caller's environment, or the service's defaults. */
export const serviceSettings = (place: Place, environment: Environment): Environment => ({
  ...environment,
  FLASHSALE_DATABASE_URL: place.databaseUrl,
  FLASHSALE_KAFKA_BROKERS: place.servers.brokers.join(','),
  FLASHSALE_REDIS_URL: place.servers.redisUrl,
  FLASHSALE_TOPIC: place.topic,
  FLASHSALE_EVENTS_TOPIC: `${place.topic}-events`,
  FLASHSALE_DEAD_LETTER_TOPIC: `${place.topic}-dlq`,
  FLASHSALE_PARTITIONS: String(PARTITIONS),
  FLASHSALE_CONSUMER_GROUP: place.consumerGroup,
  FLASHSALE_REDIS_PREFIX: place.redisPrefix,
  // Nobody balances here.
  FLASHSALE_SHUTDOWN_DELAY_MS: environment.FLASHSALE_SHUTDOWN_DELAY_MS ?? '0',
  // The launcher's broker is one; a cluster that the caller names says what it has.
  FLASHSALE_REPLICATION_FACTOR: environment.FLASHSALE_REPLICATION_FACTOR ?? '1',
  FLASHSALE_MIN_INSYNC_REPLICAS: environment.FLASHSALE_MIN_INSYNC_REPLICAS ?? '1',
});

/** Database, tables and topics; the latter two by the service's own commands, as for any installation. */
export async function prepare(place: Place, settings: Environment): Promise<void> {
  await createDatabase(place);
  await Promise.all([runCli(['migrate'], settings), runCli(['topics'], settings)]);
}

/** @returns an API key with the scopes reserve and admin */
export async function createKey(name: string, settings: Environment): Promise<string> {
  const output = await runCli(['keys', 'create', '--name', name, '--scope', 'reserve,admin', '--json'], settings);
  const { key } = JSON.parse(output) as { key?: unknown };
  if (typeof key !== 'string') throw new Failure(`\`keys create --json\` printed no key:\n${output}`);
  return key;
}
