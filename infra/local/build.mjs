import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkout, stateFolder } from './checkout.mjs';
import { runTool } from './run-tool.mjs';
import { say, seconds } from './say.mjs';

const stamp = join(stateFolder, 'build');
/** What goes into dist/. */
const sources = ['src', 'db', 'loadtest', 'infra', 'clients/typescript/src', 'tsconfig.json', 'tsconfig.build.json', 'package-lock.json'];

/** Compiles when a source is new, changed or gone since the last time. Rejects with the compiler's messages. */
export async function buildWhenChanged() {
  const wanted = digestOfSources();
  if (existsSync(join(checkout, 'dist')) && existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return;
  const started = performance.now();
  await runTool('npm', ['run', '--silent', 'build'], { killAfterMs: 2_000 });
  mkdirSync(stateFolder, { recursive: true });
  writeFileSync(stamp, wanted);
  say(`  ok  built (${seconds(performance.now() - started)})`);
}

/** Sizes and times, not contents: 10 ms instead of 200. */
export function digestOfSources() {
  const hash = createHash('sha256');
  for (const source of sources)
    for (const path of filesBelow(join(checkout, source))) {
      const { size, mtimeMs } = statSync(path, { throwIfNoEntry: false }) ?? { size: 0, mtimeMs: 0 };
      hash.update(`${path} ${size} ${mtimeMs}\n`);
    }
  return hash.digest('hex');
}

/**
 * @param {string} path
 * @returns {string[]}
 */
function filesBelow(path) {
  if (!existsSync(path)) return [];
  if (!statSync(path).isDirectory()) return [path];
  const entries = readdirSync(path, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && !entry.name.endsWith('.test.ts'))
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name))
    .sort();
}
