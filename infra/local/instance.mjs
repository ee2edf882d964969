import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { stateFolder } from './checkout.mjs';
import { exitCodes, Failure } from './failure.mjs';
import { tryLock } from './lock.mjs';
import { lives } from './process-identity.mjs';
import { say } from './say.mjs';

/**
 * @typedef {object} Instance a folder of data that one launcher uses at a time
 * @property {string} name
 * @property {string} folder
 * @property {string} pids folder where guards note what they started
 * @property {() => void} release
 */

/** Longer than any guard waits before its SIGKILL. */
const leftoverLimitMs = 20_000;

/**
 * @param {string} name
 * @param {{ another?: boolean }} [options] another: when it is taken, use name-2, name-3, ... instead of refusing
 * @returns {Promise<Instance>}
 */
export async function openInstance(name, { another = false } = {}) {
  for (let number = 1; ; number++) {
    const taken = number === 1 ? name : `${name}-${number}`;
    const folder = join(stateFolder, taken);
    const lock = tryLock(join(folder, 'lock'), `npm run ${name}`);
    if ('release' in lock) {
      const pids = join(folder, 'pids');
      mkdirSync(pids, { recursive: true });
      await settleLeftovers(pids);
      return { name: taken, folder, pids, release: lock.release };
    }
    if (!another) {
      throw new Failure(
        `another \`${lock.command}\` of this checkout is running (process ${lock.pid}, since ${lock.since}) and holds ${folder}.\n` +
          'End that one first, or use a second checkout.',
        exitCodes.temporary,
      );
    }
  }
}

/**
 * After a launcher was killed, its guards may still be stopping its servers: wait for them. If a guard was killed as
 * well, end what it guarded.
 * @param {string} pids
 */
async function settleLeftovers(pids) {
  const deadline = Date.now() + leftoverLimitMs;
  let told = false;
  for (const name of readdirSync(pids)) {
    const file = join(pids, name);
    for (;;) {
      const { guard, child } = readPids(file);
      if (!child || !lives(child)) break;
      if (!told) say('  ... waiting for the servers of an earlier run that was killed');
      told = true;
      if ((!guard || !lives(guard)) && Date.now() < deadline) killGroup(Number.parseInt(child, 10));
      if (Date.now() > deadline) throw new Failure(`process ${child.split('@')[0]} of an earlier run does not end: end it, then try again`);
      await wait(50);
    }
    rmSync(file, { force: true });
  }
}

/**
 * @param {string} file
 * @returns {{ guard?: string, child?: string }}
 */
function readPids(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return {};
  }
}

/** @param {number} pid */
function killGroup(pid) {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // It ended in between.
  }
}
