// Stands between a launcher and one process it started. When the launcher goes away, by whatever means, the channel to
// it closes, and the guard ends its process with everything in that process's group. Started by processes.mjs only.
import { spawn } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { identify } from './process-identity.mjs';

/**
 * @typedef {object} Order what the launcher sends, once
 * @property {string} command
 * @property {string[]} args
 * @property {Record<string, string | undefined>} env
 * @property {string} cwd
 * @property {NodeJS.Signals} stopSignal
 * @property {number} killAfterMs
 * @property {number | undefined} uid
 * @property {number | undefined} gid
 * @property {string | undefined} pidFile
 */

/** @type {Order | undefined} */
let order;
/** @type {import('node:child_process').ChildProcess | undefined} */
let child;
let stopping = false;

process.on('message', (message) => {
  if (message === 'stop') stop();
  else if (!order) begin(/** @type {Order} */ (message));
});
process.on('disconnect', stop);
// A guard has a session of its own, so a terminal's Ctrl-C does not reach it; somebody's `kill` does.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, stop);
process.on('uncaughtException', (error) => {
  report({ failed: String(error) });
  signalGroup('SIGKILL');
  process.exit(70);
});

/** @param {Order} given */
function begin(given) {
  order = given;
  const { command, args, cwd, env, uid, gid } = given;
  // detached = a session and a process group of its own, led by the child: the group is what gets signalled.
  child = spawn(command, args, { cwd, env, uid, gid, detached: true, stdio: ['ignore', 'inherit', 'inherit'] });
  child.once('spawn', () => {
    recordPids();
    report({ pid: child?.pid });
  });
  child.once('error', (error) => {
    if (child?.pid !== undefined) return;
    report({ failed: error.message });
    leave();
  });
  child.once('exit', (code, signal) => {
    // What the child left in its group has lost its reason to live.
    signalGroup('SIGKILL');
    report({ exited: { code, signal } });
    leave();
  });
  if (stopping) stopChild();
}

function stop() {
  if (stopping) return;
  stopping = true;
  if (child) stopChild();
  else if (!process.connected) process.exit(0);
}

function stopChild() {
  if (!order) return;
  signalGroup(order.stopSignal);
  setTimeout(() => signalGroup('SIGKILL'), order.killAfterMs);
}

/** @param {NodeJS.Signals} signal */
function signalGroup(signal) {
  if (child?.pid === undefined) return;
  try {
    process.kill(-child.pid, signal);
  } catch {
    // The group is gone: that is what was wanted.
  }
}

/** Lets the next launcher find what this one left when the guard is killed too. */
function recordPids() {
  if (!order?.pidFile || child?.pid === undefined) return;
  const pids = { guard: identify(process.pid), child: identify(child.pid) };
  writeFileSync(order.pidFile, JSON.stringify(pids));
}

/** @param {object} message */
function report(message) {
  if (process.connected) process.send?.(message, undefined, undefined, () => {});
}

function leave() {
  if (order?.pidFile) rmSync(order.pidFile, { force: true });
  // Let the last message out before the channel closes.
  if (process.connected) setImmediate(() => process.disconnect());
  setImmediate(() => process.exit(0)).ref();
}
