import { randomInt } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { Failure } from './failure.mjs';

/**
 * Below the range from which systems take the ports of outgoing connections (32768 on Linux, 49152 elsewhere): a server's
 * port is not snatched by somebody's client between choosing and binding.
 */
const lowestPort = 20_000;
const highestPort = 32_000;
const attempts = 6;

/** Thrown by a start whose server found its port taken. */
export class PortTaken extends Error {}

/** What PostgreSQL, Kafka, Redis and Docker write when a port is taken. */
export const portTakenText = /address already in use|address in use|BindException|port is already allocated/i;

/**
 * Two launchers may choose the same port at the same time; the one that loses the bind chooses again.
 * The last run's ports come first, so that addresses stay the same from run to run.
 * @template T
 * @param {number} count
 * @param {string} memory file with the last run's ports
 * @param {(ports: number[]) => Promise<T>} start throws PortTaken to be called again
 * @returns {Promise<T>}
 */
export async function withFreePorts(count, memory, start) {
  /** @type {Set<number>} */
  const lost = new Set();
  for (let attempt = 1; ; attempt++) {
    const ports = (attempt === 1 && (await remembered(count, memory))) || (await freePorts(count, lost));
    try {
      const result = await start(ports);
      writeFileSync(memory, JSON.stringify(ports));
      return result;
    } catch (error) {
      if (!(error instanceof PortTaken) || attempt === attempts) throw error;
      // A port that looked free and was not would look free again: its holder may listen on an address that the probe does not try.
      for (const port of ports) lost.add(port);
    }
  }
}

/**
 * @param {number} count
 * @param {ReadonlySet<number>} [except] ports that are not to be tried
 */
export async function freePorts(count, except) {
  /** @type {Set<number>} */
  const ports = new Set();
  for (let tries = 0; ports.size < count; tries++) {
    if (tries > 1000) throw new Failure(`no free port between ${lowestPort} and ${highestPort}`);
    const port = randomInt(lowestPort, highestPort);
    if (!except?.has(port) && (await isFree(port))) ports.add(port);
  }
  return [...ports];
}

/**
 * The first free one from a well-known port upwards: 3000, 3001, ...
 * @param {number} first
 */
export async function firstFreePort(first) {
  for (let port = first; port < first + 200; port++) if (await isFree(port)) return port;
  throw new Failure(`no free port between ${first} and ${first + 199}`);
}

/**
 * @param {number} port
 * @returns {Promise<boolean>}
 */
export async function isFree(port) {
  // The unspecified address too: a server there would get connections meant for ours on some systems.
  return (await canListen(port, '127.0.0.1')) && (await canListen(port, undefined));
}

/**
 * @param {number} port
 * @param {string | undefined} host
 * @returns {Promise<boolean>}
 */
function canListen(port, host) {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen({ port, host, exclusive: true }, () => probe.close(() => resolve(true)));
  });
}

/**
 * @param {number} count
 * @param {string} memory
 * @returns {Promise<number[] | null>}
 */
async function remembered(count, memory) {
  try {
    /** @type {number[]} */
    const ports = JSON.parse(readFileSync(memory, 'utf8'));
    const free = await Promise.all(ports.map(isFree));
    return ports.length === count && free.every(Boolean) ? ports : null;
  } catch {
    return null;
  }
}
