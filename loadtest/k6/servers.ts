import { Failure } from '../../infra/local/failure.mjs';
import type { Servers } from './own-place.js';

/** @throws Failure when a server is not named: the launcher names all three */
export function serversOf(environment: NodeJS.ProcessEnv): Servers {
  const { FLASHSALE_DATABASE_URL: databaseUrl, FLASHSALE_KAFKA_BROKERS: kafkaBrokers, FLASHSALE_REDIS_URL: redisUrl } = environment;
  if (databaseUrl && kafkaBrokers && redisUrl) return { databaseUrl, kafkaBrokers, redisUrl };
  throw new Failure('FLASHSALE_DATABASE_URL, FLASHSALE_KAFKA_BROKERS and FLASHSALE_REDIS_URL are not all set; use `npm run`, which sets them', 64);
}
