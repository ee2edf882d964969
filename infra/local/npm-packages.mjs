import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkout, stateFolder } from './checkout.mjs';
import { Failure } from './failure.mjs';
import { bothEnds, outcomeOf, runTool } from './run-tool.mjs';
import { say, step } from './say.mjs';

const lockFile = join(checkout, 'package-lock.json');
const stamp = join(stateFolder, 'npm-packages');
/** npm's own note of what it has put into node_modules. */
const installedFile = join(checkout, 'node_modules/.package-lock.json');

export async function installPackages() {
  const lock = readFileSync(lockFile, 'utf8');
  const wanted = createHash('sha256').update(lock).digest('hex');
  if (existsSync(installedFile) && readStamp() === wanted) return;
  if (!satisfies(lock)) {
    await step('installing npm packages: (some 400, about 200 MB from the npm registry, into node_modules/)', install);
  }
  mkdirSync(stateFolder, { recursive: true });
  writeFileSync(stamp, wanted);
}

/**
 * Where a registry lacks a binary for another platform, npm leaves that package out of the lock it writes, and then
 * `npm ci` calls the lock incomplete. `npm install` accepts it, takes the same versions, and must not rewrite it.
 */
async function install() {
  const quiet = ['--no-audit', '--no-fund', '--loglevel=error'];
  const { code, output } = await outcomeOf('npm', ['ci', ...quiet], { killAfterMs: 5_000 });
  if (code === 0) return;
  if (!/^npm error Missing: /m.test(output)) throw new Failure(`npm ci ended with code ${code}:\n${bothEnds(output)}`);
  say('  ... package-lock.json lacks packages of other platforms: `npm install` instead of `npm ci`');
  await runTool('npm', ['install', '--no-save', ...quiet], { killAfterMs: 5_000 });
}

function readStamp() {
  return existsSync(stamp) ? readFileSync(stamp, 'utf8') : '';
}

/**
 * Whether somebody's `npm install` already did the work. Optional packages are for other platforms and may be absent.
 * @param {string} lock
 */
function satisfies(lock) {
  if (!existsSync(installedFile)) return false;
  /** @typedef {{ packages: Record<string, { version?: string, integrity?: string, optional?: boolean }> }} Packages */
  /** @type {Packages} */
  const wanted = JSON.parse(lock);
  /** @type {Packages} */
  const installed = JSON.parse(readFileSync(installedFile, 'utf8'));
  return Object.entries(wanted.packages).every(([path, entry]) => {
    if (path === '' || (entry.optional && !installed.packages[path])) return true;
    const there = installed.packages[path];
    return there?.version === entry.version && there?.integrity === entry.integrity;
  });
}
