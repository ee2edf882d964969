import { randomBytes } from 'node:crypto';
import { Kafka, logLevel } from 'kafkajs';
import pg from 'pg';

/** Servers that others may use at the same time. */
export interface Servers {
  readonly databaseUrl: string;
  readonly kafkaBrokers: string;
  readonly redisUrl: string;
}

/** What one run has to itself on them. Nothing else is ever written to, emptied or dropped. */
export interface OwnPlace {
  readonly name: string;
  readonly databaseUrl: string;
  readonly topic: string;
  readonly consumerGroup: string;
  readonly redisPrefix: string;
}

export async function makePlace(servers: Servers): Promise<OwnPlace> {
  const name = `flashsale_load_${randomBytes(4).toString('hex')}`;
  // The name consists of letters, digits and _: it needs no quoting.
  await onServer(servers, `create database ${name}`);
  const databaseUrl = new URL(servers.databaseUrl);
  databaseUrl.pathname = `/${name}`;
  return { name, databaseUrl: databaseUrl.href, topic: name, consumerGroup: name, redisPrefix: `${name}:` };
}

/** Redis is left out: each of its keys ends by itself. */
export async function dropPlace(place: OwnPlace, servers: Servers): Promise<void> {
  await onServer(servers, `drop database if exists ${place.name} with (force)`);
  const admin = new Kafka({ clientId: place.name, brokers: servers.kafkaBrokers.split(','), logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
  try {
    // The events' and the dead letters' topics begin with the name of the requests' topic.
    const topics = (await admin.listTopics()).filter((topic) => topic.startsWith(place.topic));
    if (topics.length > 0) await admin.deleteTopics({ topics });
  } finally {
    await admin.disconnect();
  }
}

async function onServer(servers: Servers, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: servers.databaseUrl, connectionTimeoutMillis: 10_000 });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
