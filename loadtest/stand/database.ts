import pg from 'pg';
import type { Place } from './place.js';

export const createDatabase = ({ servers, database }: Place): Promise<void> => onServer(servers.databaseUrl, `create database ${database}`);

/** By force: a killed writer's connections may not have been noticed yet. */
export const dropDatabase = ({ servers, database }: Place): Promise<void> =>
  onServer(servers.databaseUrl, `drop database if exists ${database} with (force)`);

async function onServer(url: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 10_000 });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
