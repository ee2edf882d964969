import { closeSync, openSync, readFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { Failure } from './failure.mjs';
import { PortTaken, portTakenText } from './ports.mjs';
import { spawnGuarded } from './processes.mjs';

/** A cold disk on a busy machine; usually it takes 2 s. */
const readyWithinMs = 90_000;

/**
 * @typedef {object} ServerProcess
 * @property {string} name for messages
 * @property {string} command
 * @property {string[]} args
 * @property {string} logFile its stdout and stderr
 * @property {RegExp} ready the line which it writes once it listens. Its own log tells more than a connection would: with
 *   a lost race for the port, the connection would be to somebody else's server.
 * @property {import('./processes.mjs').GuardedOptions} options
 */

/**
 * @param {ServerProcess} server
 * @returns {Promise<import('./processes.mjs').Guarded>} once it is ready
 */
export async function startServerProcess({ name, command, args, logFile, ready, options }) {
  const log = openSync(logFile, 'w', 0o600);
  const server = await spawnGuarded(command, args, { ...options, stdout: log, stderr: log }).finally(() => closeSync(log));
  let exited = false;
  void server.exited.then(() => {
    exited = true;
  });
  const deadline = Date.now() + readyWithinMs;
  for (;;) {
    const ended = exited;
    const text = readFileSync(logFile, 'utf8');
    if (ready.test(text) && !ended) return server;
    if (ended) throw startError(name, `ended while starting`, text, logFile);
    if (Date.now() > deadline) {
      await server.stop();
      throw startError(name, `was not ready within ${readyWithinMs / 1000} s`, text, logFile);
    }
    await wait(20);
  }
}

/**
 * @param {string} name
 * @param {string} what
 * @param {string} log
 * @param {string} logFile
 */
function startError(name, what, log, logFile) {
  if (portTakenText.test(log)) return new PortTaken(`${name}: port taken`);
  return new Failure(`${name} ${what}. The end of ${logFile}:\n${lastLines(log, 15)}`);
}

/**
 * @param {string} text
 * @param {number} count
 */
export function lastLines(text, count) {
  return text
    .trimEnd()
    .split('\n')
    .slice(-count)
    .map((line) => `    ${line}`)
    .join('\n');
}
