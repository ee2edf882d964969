import type { Client } from 'pg';
import { createTestDatabase, type TestDatabase } from '../../test/support/database.js';
import { loadConfig } from '../config.js';
import { createClient } from '../connections/postgres.js';
import { createApiKey, findApiKey, hashOfKey, listApiKeys, revokeApiKeys } from './api-keys.js';

let database: TestDatabase;
let client: Client;

beforeAll(async () => {
  database = await createTestDatabase();
  client = createClient(loadConfig({ FLASHSALE_DATABASE_URL: database.url }).postgres, 'test');
  await client.connect();
});

afterAll(async () => {
  await client?.end();
  await database?.drop();
});

test('a key is found by its hash, and the database holds nothing else of it', async () => {
  const { key } = await createApiKey(client, { name: 'shop', scopes: ['reserve'] });
  expect(key).toMatch(/^fsk_[A-Za-z0-9_-]{43}$/);
  expect(await findApiKey(client, hashOfKey(key))).toEqual({ name: 'shop', scopes: ['reserve'] });
  expect(await findApiKey(client, hashOfKey(`${key}x`))).toBeNull();
  const { rows } = await client.query('select * from api_keys');
  expect(JSON.stringify(rows)).not.toContain(key.slice(4));
});

test('one key of a name is replaced while the other works on; both can be revoked at once', async () => {
  const first = await createApiKey(client, { name: 'rotated', scopes: ['reserve', 'admin'] });
  const second = await createApiKey(client, { name: 'rotated', scopes: ['reserve', 'admin'] });
  expect(await revokeApiKeys(client, 'rotated', first.id)).toEqual([first.id]);
  expect(await findApiKey(client, hashOfKey(first.key))).toBeNull();
  expect(await findApiKey(client, hashOfKey(second.key))).toMatchObject({ name: 'rotated' });
  expect(await revokeApiKeys(client, 'rotated')).toEqual([second.id]);
  expect(await revokeApiKeys(client, 'rotated')).toEqual([]);
  expect((await listApiKeys(client)).filter(({ name }) => name === 'rotated')).toEqual([
    expect.objectContaining({ id: first.id, revokedAt: expect.any(Number), createdAt: expect.any(Number) }),
    expect.objectContaining({ id: second.id, revokedAt: expect.any(Number) }),
  ]);
});
