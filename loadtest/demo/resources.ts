import { Redis } from 'ioredis';
import { Kafka, logLevel } from 'kafkajs';
import pg from 'pg';
import type { Targets } from './targets.js';

/** Topic and keys are made by the service's own commands, as for any installation. */
export async function createDatabase({ serverUrl, database }: Targets): Promise<void> {
  await onServer(serverUrl, (client) => client.query(`create database ${database}`));
}

/** Drops what carries the demo's names, and nothing else: the servers may be somebody's. */
export async function dropEverything(targets: Targets): Promise<void> {
  const outcomes = await Promise.allSettled([dropDatabase(targets), dropTopics(targets), dropKeys(targets)]);
  const failed = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [String(outcome.reason)] : []));
  if (failed.length > 0) throw new Error(`something with the suffix ${targets.suffix} was left: ${failed.join('; ')}`);
}

function dropDatabase({ serverUrl, database }: Targets): Promise<void> {
  // force: a killed writer's connections may not have been noticed yet
  return onServer(serverUrl, (client) => client.query(`drop database if exists ${database} with (force)`));
}

async function onServer(url: string, work: (client: pg.Client) => Promise<unknown>): Promise<void> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5_000 });
  await client.connect();
  try {
    await work(client);
  } finally {
    await client.end();
  }
}

async function dropTopics({ brokers, topic, consumerGroup }: Targets): Promise<void> {
  const admin = new Kafka({ brokers: [...brokers], clientId: topic, logLevel: logLevel.NOTHING, retry: { retries: 3 } }).admin();
  await admin.connect();
  try {
    const topics = (await admin.listTopics()).filter((name) => name.startsWith(topic));
    if (topics.length > 0) await admin.deleteTopics({ topics });
    // Refused while a killed member's session still runs; the broker forgets an empty group by itself.
    await admin.deleteGroups([consumerGroup]).catch(() => undefined);
  } finally {
    await admin.disconnect();
  }
}

async function dropKeys({ redisUrl, redisPrefix }: Targets): Promise<void> {
  const redis = new Redis(redisUrl, { maxRetriesPerRequest: 1, enableOfflineQueue: true });
  redis.on('error', () => {
    // The command's own error is the one that is told.
  });
  try {
    for await (const keys of redis.scanStream({ match: `${redisPrefix}*`, count: 1_000 }) as AsyncIterable<string[]>) {
      if (keys.length > 0) await redis.unlink(...keys);
    }
  } finally {
    redis.disconnect();
  }
}
