import { createHash, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { ClientBase, Pool } from 'pg';
import type { Millis } from '../domain/ids.js';

export const SCOPES = ['reserve', 'admin'] as const;
export type Scope = (typeof SCOPES)[number];

export interface ApiKey {
  readonly name: string;
  readonly scopes: readonly Scope[];
}

export interface ListedApiKey extends ApiKey {
  /** How its hash begins: enough to tell one from another, and nothing to log in with. */
  readonly id: string;
  readonly createdAt: Millis;
  readonly revokedAt: Millis | null;
}

type Database = Pick<ClientBase | Pool, 'query'>;

const sql = (name: string): string => readFileSync(new URL(`./sql/${name}.sql`, import.meta.url), 'utf8');
const INSERT = sql('insert-api-key');
const FIND = sql('find-api-key');
const REVOKE = sql('revoke-api-keys');
const LIST = sql('list-api-keys');

/** Random keys need no slow hash: there is nothing to guess. */
export const hashOfKey = (key: string): string => createHash('sha256').update(key).digest('hex');

const idOfHash = (hash: string): string => hash.slice(0, 12);

/** @returns the key itself, which is nowhere kept: this is the only time to see it */
export async function createApiKey(database: Database, { name, scopes }: ApiKey): Promise<{ key: string; id: string }> {
  const key = `fsk_${randomBytes(32).toString('base64url')}`;
  const hash = hashOfKey(key);
  await database.query(INSERT, [hash, name, scopes]);
  return { key, id: idOfHash(hash) };
}

export async function findApiKey(database: Database, hash: string): Promise<ApiKey | null> {
  const { rows } = await database.query<{ name: string; scopes: Scope[] }>({ name: 'find-api-key', text: FIND, values: [hash] });
  return rows[0] ?? null;
}

/** @returns the ids of the keys that were live until now */
export async function revokeApiKeys(database: Database, name: string, id = ''): Promise<readonly string[]> {
  const { rows } = await database.query<{ id: string }>(REVOKE, [name, id]);
  return rows.map((row) => row.id);
}

export async function listApiKeys(database: Database): Promise<readonly ListedApiKey[]> {
  const { rows } = await database.query<{ id: string; name: string; scopes: Scope[]; created_at: Millis; revoked_at: Millis | null }>(LIST);
  return rows.map(({ created_at: createdAt, revoked_at: revokedAt, ...row }) => ({ ...row, createdAt, revokedAt }));
}
