import { randomBytes } from 'node:crypto';
import { Failure } from '../../infra/local/failure.mjs';
import { withoutPassword } from '../../infra/local/say.mjs';

/** Where the demo plays, and the names of what it makes there. */
export interface Targets {
  readonly suffix: string;
  /** The server as given: for making and dropping the demo's own database. */
  readonly serverUrl: string;
  readonly databaseUrl: string;
  readonly database: string;
  readonly brokers: readonly string[];
  readonly topic: string;
  readonly consumerGroup: string;
  readonly redisUrl: string;
  readonly redisPrefix: string;
}

const NEEDED = ['FLASHSALE_DATABASE_URL', 'FLASHSALE_KAFKA_BROKERS', 'FLASHSALE_REDIS_URL'] as const;

/** Every name ends in a random suffix: two demos on the same servers never meet. */
export function chooseTargets(environment: Readonly<Record<string, string | undefined>>, suffix = randomBytes(4).toString('hex')): Targets {
  const missing = NEEDED.filter((name) => !environment[name]);
  if (missing.length > 0)
    throw new Failure(`${missing.join(', ')} not set: start the demo by \`npm run demo\`, which starts the servers too`, 64);
  const [serverUrl, brokers, redisUrl] = NEEDED.map((name) => environment[name] as string) as [string, string, string];
  const database = `flashsale_demo_${suffix}`;
  const databaseUrl = new URL(serverUrl);
  databaseUrl.pathname = `/${database}`;
  return {
    suffix,
    serverUrl,
    databaseUrl: databaseUrl.href,
    database,
    brokers: brokers.split(',').map((broker) => broker.trim()),
    topic: `flashsale-demo-${suffix}`,
    consumerGroup: `flashsale-demo-${suffix}`,
    redisUrl,
    redisPrefix: `flashsale-demo-${suffix}:`,
  };
}

export const describeTargets = (targets: Targets): string =>
  [
    `  PostgreSQL  ${withoutPassword(targets.databaseUrl)}`,
    `  Kafka       ${targets.brokers.join(',')}, topic and group ${targets.topic}`,
    `  Redis       ${withoutPassword(targets.redisUrl)}, keys ${targets.redisPrefix}*`,
  ].join('\n');
