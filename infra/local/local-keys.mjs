import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Failure } from './failure.mjs';
import { runCli } from './service-cli.mjs';

/**
 * @typedef {{ storefront: string, operator: string }} LocalKeys
 * @typedef {LocalKeys & { database: string }} KeptKeys
 */

/**
 * API keys for trying things out. The database holds only their hashes, so they are kept beside its data; a fresh or
 * another database gets new ones.
 * @param {string} folder
 * @param {Record<string, string | undefined>} env
 * @returns {Promise<LocalKeys>}
 */
export async function localKeys(folder, env) {
  const file = join(folder, 'keys.json');
  const database = databaseOf(folder, env.FLASHSALE_DATABASE_URL ?? '');
  /** @type {Partial<KeptKeys>} */
  const kept = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {};
  if (kept.database === database && kept.storefront && kept.operator) return { storefront: kept.storefront, operator: kept.operator };
  const storefront = await createKey('local-storefront', 'reserve', env);
  const operator = await createKey('local-operator', 'reserve,admin', env);
  writeFileSync(file, JSON.stringify({ storefront, operator, database }, null, 2), { mode: 0o600 });
  return { storefront, operator };
}

/**
 * Our own cluster may change its port, and is known by its password, which is made with it.
 * @param {string} folder
 * @param {string} url
 */
function databaseOf(folder, url) {
  const password = join(folder, 'postgres/password');
  const own = existsSync(password) && url.includes(readFileSync(password, 'utf8').trim());
  return createHash('sha256')
    .update(own ? readFileSync(password) : url)
    .digest('hex')
    .slice(0, 16);
}

/**
 * @param {string} name
 * @param {string} scope
 * @param {Record<string, string | undefined>} env
 * @returns {Promise<string>}
 */
async function createKey(name, scope, env) {
  const output = await runCli(['keys', 'create', '--name', name, '--scope', scope, '--json'], env);
  try {
    const { key } = JSON.parse(output);
    if (typeof key === 'string') return key;
  } catch {
    // Told below, with what it printed instead.
  }
  throw new Failure(`\`keys create --json\` printed no field "key":\n${output}`);
}
