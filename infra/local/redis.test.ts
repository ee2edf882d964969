import { existsSync, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { parse } from 'yaml';
import { checkout } from './checkout.mjs';
import { startRedis } from './redis.mjs';
import { scratchFolders, writeProgram } from './testing/scratch.js';

const scratchFolder = scratchFolders(afterAll);
const path = process.env.PATH ?? '';

afterEach(() => {
  process.env.PATH = path;
});

/** The options given to a Redis, by their names. */
function optionsOf(args: readonly string[]): Map<string, string> {
  return new Map(args.flatMap((name, at) => (name.startsWith('--') ? [[name.slice(2), args[at + 1] ?? '']] : [])));
}

/** What the launcher's own Redis is started with: asked of a program that notes its arguments in Redis's place. */
async function launched(): Promise<Map<string, string>> {
  const folder = scratchFolder();
  const noted = join(folder, 'noted');
  writeProgram(join(folder, 'redis-server'), [`printf '%s\\n' "$@" > ${noted}`, 'echo Ready to accept connections', 'exec sleep 7777']);
  process.env.PATH = [folder, path].join(delimiter);
  const { process: server } = await startRedis({ folder: join(folder, 'data'), fresh: true, pidFile: join(folder, 'pid') });
  try {
    expect(existsSync(noted)).toBe(true);
    return optionsOf(readFileSync(noted, 'utf8').split('\n').slice(0, -1));
  } finally {
    await server?.stop();
  }
}

test('a full Redis drops what would expire next, writes nothing to disk, and listens on the loopback address only', async () => {
  const options = await launched();
  expect(Object.fromEntries(options)).toMatchObject({
    'maxmemory-policy': 'volatile-ttl',
    maxmemory: '512mb',
    save: '',
    appendonly: 'no',
    bind: '127.0.0.1',
  });
});

test('the container is set as the launcher sets its own', async () => {
  const options = await launched();
  for (const place of ['port', 'bind', 'dir']) options.delete(place);
  const compose = parse(readFileSync(join(checkout, 'docker-compose.yml'), 'utf8'), { merge: true });
  const [program, ...args] = compose.services.redis.command as string[];
  expect([program, optionsOf(args)]).toEqual(['redis-server', options]);
});
