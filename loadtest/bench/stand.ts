import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { freePorts } from '../../infra/local/ports.mjs';
import { type Guarded, spawnGuarded } from '../../infra/local/processes.mjs';
import { runCli } from '../../infra/local/service-cli.mjs';
import { dropPlace, makePlace, type OwnPlace, type Servers } from '../k6/own-place.js';

/** A database, topic and prefix of its own for one bench, with the program's schema. */
export interface Stand {
  readonly place: OwnPlace;
  readonly servers: Servers;
  readonly database: pg.Client;
  startWriter(): Promise<{ process: Guarded; metrics: () => Promise<string> }>;
  drop(): Promise<void>;
}

export async function openStand(servers: Servers): Promise<Stand> {
  const place = await makePlace(servers);
  const environment = {
    ...process.env,
    FLASHSALE_DATABASE_URL: place.databaseUrl,
    FLASHSALE_TOPIC: place.topic,
    FLASHSALE_CONSUMER_GROUP: place.consumerGroup,
    FLASHSALE_REDIS_PREFIX: place.redisPrefix,
    FLASHSALE_REPLICATION_FACTOR: process.env.FLASHSALE_REPLICATION_FACTOR ?? '1',
    FLASHSALE_MIN_INSYNC_REPLICAS: process.env.FLASHSALE_MIN_INSYNC_REPLICAS ?? '1',
    FLASHSALE_ROLE: 'writer',
    FLASHSALE_LOG_LEVEL: 'warn',
  };
  await runCli(['migrate'], environment);
  await runCli(['topics'], environment);
  const database = new pg.Client({ connectionString: place.databaseUrl });
  await database.connect();
  const running: Guarded[] = [];
  return {
    place,
    servers,
    database,
    async startWriter() {
      const [port = 0] = await freePorts(1);
      // With this process's own node options: `node --cpu-prof` then profiles the writer too.
      const script = fileURLToPath(new URL('../../src/main.js', import.meta.url));
      const child = await spawnGuarded(process.execPath, [...process.execArgv, script], {
        env: { ...environment, FLASHSALE_METRICS_PORT: String(port) },
        stdout: 'inherit',
        stderr: 'inherit',
      });
      running.push(child);
      return { process: child, metrics: async () => (await fetch(`http://127.0.0.1:${port}/metrics`)).text() };
    },
    async drop() {
      await Promise.all(running.map((child) => child.stop()));
      await database.end();
      await dropPlace(place, servers);
    },
  };
}
