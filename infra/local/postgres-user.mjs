import { spawnSync } from 'node:child_process';
import { lstatSync, mkdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { checkoutId } from './checkout.mjs';
import { Failure } from './failure.mjs';

/** @typedef {{ name: string, uid: number, gid: number }} User */

/**
 * PostgreSQL refuses to run as root, and initdb asks for a user with a name: as root we borrow `nobody`, which every
 * system has, and never `postgres`, who may own the databases of this machine.
 * @returns {User | null} null: ourselves
 */
export function postgresUser() {
  if (process.getuid?.() !== 0) return null;
  const line = /^nobody:[^:]*:(\d+):(\d+):/m.exec(readFileSync('/etc/passwd', 'utf8'));
  if (!line) throw new Failure('PostgreSQL does not run as root, and there is no user `nobody`: run this as another user');
  return { name: 'nobody', uid: Number(line[1]), gid: Number(line[2]) };
}

/**
 * @param {string} program
 * @param {User} user
 */
export function canRun(program, user) {
  return spawnSync(program, ['--version'], { uid: user.uid, gid: user.gid, cwd: '/', timeout: 10_000 }).status === 0;
}

/**
 * Whether somebody else may pass through each folder above: a checkout below /root or a private home cannot hold the data.
 * @param {string} folder
 */
export function othersCanReach(folder) {
  for (let at = folder; ; at = dirname(at)) {
    if (((lstatSync(at, { throwIfNoEntry: false })?.mode ?? 0o755) & 0o001) === 0) return false;
    if (at === dirname(at)) return true;
  }
}

/** A place of this checkout that another user can reach; only root needs one. */
export function foreignFolder() {
  const folder = join(tmpdir(), `flashsale-${checkoutId}`);
  mkdirSync(folder, { recursive: true, mode: 0o711 });
  const { uid, mode } = lstatSync(folder);
  // The temporary folder is everybody's: whoever made this one in advance could swap what lies in it.
  if (uid !== process.getuid?.() || (mode & 0o022) !== 0 || !lstatSync(folder).isDirectory()) {
    throw new Failure(`${folder} belongs to somebody else: remove it, or set TMPDIR to another folder`);
  }
  return folder;
}
