import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Redis } from 'ioredis';

export type Script = (redis: Redis, keys: readonly string[], args: readonly (string | number)[]) => Promise<unknown>;

/** A Lua file, behind those whose functions it uses, as a function: by its hash, and by its text when the server does not know it (yet, or any more: SCRIPT FLUSH, a restart). */
export function loadScript(name: string, uses: readonly string[] = []): Script {
  const text = [...uses, name].map((file) => readFileSync(new URL(`./lua/${file}.lua`, import.meta.url), 'utf8')).join('\n');
  const sha = createHash('sha1').update(text).digest('hex');
  return async (redis, keys, args) => {
    try {
      return await redis.evalsha(sha, keys.length, ...keys, ...args);
    } catch (error) {
      if (!(error instanceof Error) || !error.message.startsWith('NOSCRIPT')) throw error;
      return await redis.eval(text, keys.length, ...keys, ...args);
    }
  };
}
