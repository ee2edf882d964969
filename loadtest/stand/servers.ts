import { exitCodes, Failure } from '../../infra/local/failure.mjs';

export type Environment = Readonly<Record<string, string | undefined>>;

/** Servers that others may use at the same time. */
export interface Servers {
  /** With a database that is there already: for making and dropping our own. */
  readonly databaseUrl: string;
  readonly brokers: readonly string[];
  readonly redisUrl: string;
}

const NEEDED = ['FLASHSALE_DATABASE_URL', 'FLASHSALE_KAFKA_BROKERS', 'FLASHSALE_REDIS_URL'] as const;

/** @throws Failure that names every address that is missing */
export function serversFrom(environment: Environment): Servers {
  const missing = NEEDED.filter((name) => !environment[name]);
  if (missing.length > 0)
    throw new Failure(`${missing.join(', ')} not set: start this by \`npm run\`, which starts the servers too`, exitCodes.usage);
  const [databaseUrl, brokers, redisUrl] = NEEDED.map((name) => environment[name] as string) as [string, string, string];
  return { databaseUrl, brokers: brokers.split(',').map((broker) => broker.trim()), redisUrl };
}
