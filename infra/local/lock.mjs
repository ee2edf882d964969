import { randomUUID } from 'node:crypto';
import { closeSync, linkSync, mkdirSync, openSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { identify, lives } from './process-identity.mjs';

/**
 * @typedef {{ identity: string, pid: number, command: string, since: string }} Holder
 * @typedef {{ release: () => void }} Held
 */

/** A take-over lasts microseconds; one this old belongs to a process that died in the middle of it. */
const abandonedTakeoverMs = 10_000;

/**
 * @param {string} path
 * @param {string} command what a refused one is told
 * @returns {Held | Holder} the lock, or who holds it
 */
export function tryLock(path, command) {
  mkdirSync(dirname(path), { recursive: true });
  const mine = { identity: identify(process.pid) ?? '', pid: process.pid, command, since: new Date().toISOString() };
  // Written aside and linked into place: nobody ever reads half a lock.
  const draft = `${path}.${process.pid}.${randomUUID()}`;
  writeFileSync(draft, JSON.stringify(mine));
  try {
    for (;;) {
      if (succeeds(() => linkSync(draft, path), 'EEXIST')) return { release: () => releaseLock(path, mine) };
      const holder = readHolder(path);
      if (holder && lives(holder.identity)) return holder;
      if (holder) removeStale(path, holder);
    }
  } finally {
    rmSync(draft, { force: true });
  }
}

/**
 * @param {string} path
 * @param {string} command
 * @param {(holder: Holder) => void} onWait called once, when somebody else has it
 * @returns {Promise<Held>}
 */
export async function lockWhenFree(path, command, onWait) {
  for (let told = false; ; ) {
    const lock = tryLock(path, command);
    if ('release' in lock) return lock;
    if (!told) onWait(lock);
    told = true;
    await wait(100);
  }
}

/**
 * Two that find the same stale lock must not both remove it: the second would remove the first one's new lock. So
 * removal is a critical section, and looks again inside it.
 * @param {string} path
 * @param {Holder} stale
 */
function removeStale(path, stale) {
  const takeover = `${path}.takeover`;
  if (!succeeds(() => closeSync(openSync(takeover, 'wx')), 'EEXIST')) {
    const age = Date.now() - (statSync(takeover, { throwIfNoEntry: false })?.mtimeMs ?? Date.now());
    if (age > abandonedTakeoverMs) rmSync(takeover, { force: true });
    return;
  }
  if (readHolder(path)?.identity === stale.identity) rmSync(path, { force: true });
  rmSync(takeover, { force: true });
}

/**
 * @param {string} path
 * @param {Holder} mine
 */
function releaseLock(path, mine) {
  if (readHolder(path)?.identity === mine.identity) rmSync(path, { force: true });
}

/**
 * @param {string} path
 * @returns {Holder | null}
 */
function readHolder(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code === 'ENOENT') return null;
    return { identity: 'unreadable', pid: 0, command: 'unknown', since: 'unknown' };
  }
}

/**
 * @param {() => void} act
 * @param {string} expected the error code that means no
 */
function succeeds(act, expected) {
  try {
    act();
    return true;
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code === expected) return false;
    throw error;
  }
}
