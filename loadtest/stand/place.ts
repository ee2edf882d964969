import { randomBytes } from 'node:crypto';
import { withoutPassword } from '../../infra/local/say.mjs';
import type { Servers } from './servers.js';

/** What one run has to itself on the servers. Nothing else is ever written to, emptied or dropped. */
export interface Place {
  /** Also the name of the topic, of the consumer group and of the folder of logs. */
  readonly name: string;
  readonly servers: Servers;
  readonly database: string;
  readonly databaseUrl: string;
  readonly topic: string;
  readonly consumerGroup: string;
  readonly redisPrefix: string;
}

/** Every name ends in a random suffix: two runs on the same servers never meet. */
export function choosePlace(program: string, servers: Servers, suffix = randomBytes(4).toString('hex')): Place {
  const name = `flashsale-${program}-${suffix}`;
  // Letters, digits and _: it needs no quoting in SQL.
  const database = name.replaceAll('-', '_');
  const databaseUrl = new URL(servers.databaseUrl);
  databaseUrl.pathname = `/${database}`;
  return { name, servers, database, databaseUrl: databaseUrl.href, topic: name, consumerGroup: name, redisPrefix: `${name}:` };
}

export const describePlace = ({ servers, databaseUrl, topic, redisPrefix }: Place): string =>
  [
    `  PostgreSQL  ${withoutPassword(databaseUrl)}`,
    `  Kafka       ${servers.brokers.join(',')}, topic and group ${topic}`,
    `  Redis       ${withoutPassword(servers.redisUrl)}, keys ${redisPrefix}*`,
  ].join('\n');
