import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { checkout } from './checkout.mjs';
import { exitCodes, Failure } from './failure.mjs';
import { findProgram } from './programs.mjs';

/**
 * @typedef {'postgres' | 'kafka' | 'redis'} ServerName
 * @typedef {{ source: 'given', url: string } | { source: 'docker' } | { source: 'process' }} Choice
 * @typedef {Record<ServerName, Choice>} Choices
 */

/**
 * Never the plain DATABASE_URL: tests and demo make and drop things on these servers.
 * @type {Record<ServerName, string>}
 */
export const urlVariables = {
  postgres: 'FLASHSALE_DATABASE_URL',
  kafka: 'FLASHSALE_KAFKA_BROKERS',
  redis: 'FLASHSALE_REDIS_URL',
};

/** @type {readonly ServerName[]} */
export const serverNames = ['postgres', 'kafka', 'redis'];

const engineAnswersWithinMs = 2_000;

/**
 * Each server by itself: named by the environment, else in Docker, else a process of our own.
 * @returns {Promise<Choices>}
 */
export async function chooseServers() {
  const stack = process.env.FLASHSALE_STACK ?? '';
  if (!['', 'docker', 'processes'].includes(stack)) {
    throw new Failure(`FLASHSALE_STACK is docker, processes or unset, not "${stack}"`, exitCodes.usage);
  }
  const allGiven = serverNames.every((name) => process.env[urlVariables[name]]);
  const docker = !allGiven && stack !== 'processes' && (await dockerAnswers());
  if (stack === 'docker' && !docker && !allGiven) {
    throw new Failure(
      'FLASHSALE_STACK=docker, but no Docker engine with `docker compose` answers: start it, or unset FLASHSALE_STACK',
      exitCodes.unavailable,
    );
  }
  const choose = (/** @type {ServerName} */ name) => {
    const url = process.env[urlVariables[name]];
    if (url) return { source: /** @type {const} */ ('given'), url };
    return { source: docker ? /** @type {const} */ ('docker') : /** @type {const} */ ('process') };
  };
  return { postgres: choose('postgres'), kafka: choose('kafka'), redis: choose('redis') };
}

async function dockerAnswers() {
  if (!existsSync(join(checkout, 'docker-compose.yml')) || !findProgram('docker')) return false;
  const answers = await Promise.all([succeeds(['info', '--format', '{{.ServerVersion}}']), succeeds(['compose', 'version'])]);
  return answers.every(Boolean);
}

/**
 * @param {string[]} args
 * @returns {Promise<boolean>}
 */
function succeeds(args) {
  return new Promise((resolve) => {
    // Some versions of the client answer 0 with an empty version when the engine is away.
    const client = spawn('docker', args, {
      env: process.env,
      stdio: ['ignore', 'pipe', 'ignore'],
      timeout: engineAnswersWithinMs,
      killSignal: 'SIGKILL',
    });
    let output = '';
    client.stdout.on('data', (chunk) => {
      output += chunk;
    });
    client.once('error', () => resolve(false));
    client.once('close', (code) => resolve(code === 0 && output.trim() !== ''));
  });
}
