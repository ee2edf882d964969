import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { checkout } from './checkout.mjs';

/**
 * @typedef {object} GuardedOptions
 * @property {Record<string, string | undefined>} [env] the whole environment; default: the caller's
 * @property {string} [cwd] default: the checkout
 * @property {NodeJS.Signals} [stopSignal] asked first; default SIGTERM
 * @property {number} [killAfterMs] then SIGKILL; default 10,000
 * @property {Stdio} [stdout] a file descriptor is passed on; default 'inherit'
 * @property {Stdio} [stderr]
 * @property {(exit: Exit) => void} [onExit]
 * @property {number} [uid]
 * @property {number} [gid]
 * @property {string} [pidFile] where the guard notes the pids while they live
 *
 * @typedef {'inherit' | 'ignore' | 'pipe' | number} Stdio
 * @typedef {{ code: number | null, signal: NodeJS.Signals | null }} Exit
 *
 * @typedef {object} Guarded
 * @property {number} pid of the process itself, not of its guard: what a test may SIGKILL
 * @property {Promise<Exit>} exited never rejects
 * @property {() => Promise<Exit>} stop resolves when the whole group is gone
 * @property {import('node:stream').Readable | null} stdout with 'pipe' only
 * @property {import('node:stream').Readable | null} stderr
 */

/**
 * Starts a process that cannot outlive this one: a guard holds a channel to us and ends the process's group when the
 * channel closes, be it by SIGKILL. Rejects when the command cannot be started.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {GuardedOptions} [options]
 * @returns {Promise<Guarded>}
 */
export async function spawnGuarded(command, args, options = {}) {
  const { stdout = 'inherit', stderr = 'inherit', onExit } = options;
  const guard = spawn(process.execPath, [join(checkout, 'infra/local/guard.mjs')], {
    stdio: ['ignore', stdout, stderr, 'ipc'],
    detached: true,
    // Not NODE_OPTIONS: a guard must not load what its caller loads (a debugger, vm modules).
    env: { PATH: process.env.PATH },
  });
  guard.send(orderFor(command, args, options), () => {});

  /** @type {PromiseWithResolvers<Exit>} */
  const exited = withResolvers();
  const pid = await started(guard, command, exited.resolve);
  if (onExit) void exited.promise.then(onExit);
  return {
    pid,
    exited: exited.promise,
    stop: () => {
      if (guard.connected) guard.send('stop', () => {});
      return exited.promise;
    },
    stdout: guard.stdout,
    stderr: guard.stderr,
  };
}

/**
 * @param {string} command
 * @param {readonly string[]} args
 * @param {GuardedOptions} options
 * @returns {import('./guard.mjs').Order}
 */
function orderFor(command, args, options) {
  return {
    command,
    args: [...args],
    env: options.env ?? process.env,
    cwd: options.cwd ?? checkout,
    stopSignal: options.stopSignal ?? 'SIGTERM',
    killAfterMs: options.killAfterMs ?? 10_000,
    uid: options.uid,
    gid: options.gid,
    pidFile: options.pidFile,
  };
}

/**
 * @param {import('node:child_process').ChildProcess} guard
 * @param {string} command
 * @param {(exit: Exit) => void} onExit
 * @returns {Promise<number>} the process's pid
 */
function started(guard, command, onExit) {
  return new Promise((resolve, reject) => {
    /** @type {number | undefined} */
    let pid;
    /** @type {Exit | undefined} */
    let exit;
    guard.on('message', (/** @type {{ pid?: number, failed?: string, exited?: Exit }} */ message) => {
      if (message.pid !== undefined) {
        pid = message.pid;
        resolve(pid);
      }
      if (message.failed !== undefined) reject(new Error(`cannot start ${command}: ${message.failed}`));
      if (message.exited) exit = message.exited;
    });
    guard.once('error', (error) => reject(new Error(`cannot start the guard of ${command}: ${error.message}`)));
    guard.once('exit', () => {
      reject(new Error(`the guard of ${command} ended before it started it`));
      // A guard that was killed could not do its duty: do it here.
      if (!exit && pid !== undefined) killGroup(pid);
      onExit(exit ?? { code: null, signal: 'SIGKILL' });
    });
  });
}

/** @param {number} pid */
function killGroup(pid) {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // Already gone.
  }
}

/**
 * Promise.withResolvers needs Node 22.
 * @template T
 * @typedef {{ promise: Promise<T>, resolve: (value: T) => void }} PromiseWithResolvers
 */

/** @returns {PromiseWithResolvers<any>} */
function withResolvers() {
  /** @type {(value: any) => void} */
  let resolve = () => {};
  const promise = new Promise((done) => {
    resolve = done;
  });
  return { promise, resolve };
}
