import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { checkout } from './checkout.mjs';
import { Failure } from './failure.mjs';
import { serviceNodeOptions } from './node-options.mjs';
import { firstFreePort } from './ports.mjs';
import { spawnGuarded } from './processes.mjs';
import { lastLines } from './server-process.mjs';
import { urlsOf } from './servers.mjs';

const readyWithinMs = 30_000;

/**
 * @typedef {object} Service
 * @property {import('./processes.mjs').Guarded} process
 * @property {ServiceSettings} settings
 *
 * @typedef {object} ServiceSettings chosen once, so that a restart keeps the addresses
 * @property {string} baseUrl
 * @property {string} metricsUrl
 * @property {string} logFile
 * @property {Record<string, string | undefined>} env
 */

/**
 * @param {import('./servers.mjs').Servers} servers
 * @returns {Promise<ServiceSettings>}
 */
export async function serviceSettings(servers) {
  const httpPort = await firstFreePort(Number(process.env.FLASHSALE_HTTP_PORT ?? 3000));
  const metricsPort = await firstFreePort(Number(process.env.FLASHSALE_METRICS_PORT ?? 9464));
  return {
    baseUrl: `http://127.0.0.1:${httpPort}`,
    metricsUrl: `http://127.0.0.1:${metricsPort}/metrics`,
    logFile: join(servers.folder, 'service.log'),
    env: {
      ...process.env,
      ...urlsOf(servers),
      FLASHSALE_ROLE: 'all',
      // The launcher's broker is one; whoever names a cluster says what it has.
      FLASHSALE_REPLICATION_FACTOR: process.env.FLASHSALE_REPLICATION_FACTOR ?? '1',
      FLASHSALE_HTTP_PORT: String(httpPort),
      FLASHSALE_METRICS_PORT: String(metricsPort),
    },
  };
}

/**
 * @param {ServiceSettings} settings
 * @returns {Promise<import('./processes.mjs').Guarded>} once GET /readyz answers 200
 */
export async function startService(settings) {
  const log = openSync(settings.logFile, 'a', 0o600);
  const service = await spawnGuarded(process.execPath, [...serviceNodeOptions, join(checkout, 'dist/src/main.js')], {
    env: settings.env,
    stdout: log,
    stderr: log,
  }).finally(() => closeSync(log));
  /** @type {import('./processes.mjs').Exit | undefined} */
  let exit;
  void service.exited.then((how) => {
    exit = how;
  });
  for (const deadline = Date.now() + readyWithinMs; ; await wait(50)) {
    if (exit) throw new Failure(howServiceEnded(exit, settings));
    const answer = await readiness(settings.baseUrl);
    if (answer === '200') return service;
    if (Date.now() < deadline) continue;
    await service.stop();
    throw new Failure(
      `the service was not ready within ${readyWithinMs / 1000} s; GET ${settings.baseUrl}/readyz: ${answer}\n${logTail(settings)}`,
    );
  }
}

/**
 * @param {import('./processes.mjs').Exit} exit
 * @param {ServiceSettings} settings
 */
export function howServiceEnded({ code, signal }, settings) {
  return `the service ended with ${signal ? `signal ${signal}` : `exit code ${code}`}.\n${logTail(settings)}`;
}

/** @param {ServiceSettings} settings */
function logTail({ logFile }) {
  return `The end of ${logFile}:\n${lastLines(readFileSync(logFile, 'utf8'), 20)}`;
}

/**
 * @param {string} baseUrl
 * @returns {Promise<string>} the status, with the body when it is not 200
 */
async function readiness(baseUrl) {
  try {
    const response = await fetch(`${baseUrl}/readyz`, { signal: AbortSignal.timeout(2_000) });
    const body = await response.text();
    return response.status === 200 ? '200' : `${response.status} ${body.slice(0, 500)}`;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
