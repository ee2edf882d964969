import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { checkout, stateFolder } from '../../infra/local/checkout.mjs';
import { Failure } from '../../infra/local/failure.mjs';
import { atEnd } from '../../infra/local/lifetime.mjs';
import { serviceNodeOptions } from '../../infra/local/node-options.mjs';
import { freePorts } from '../../infra/local/ports.mjs';
import { type Guarded, spawnGuarded } from '../../infra/local/processes.mjs';
import { lastLines } from '../../infra/local/server-process.mjs';
import type { Place } from './place.js';
import type { Environment } from './servers.js';

export type Role = 'api' | 'writer';

/** One process of the service. */
export interface Member {
  readonly name: string;
  readonly role: Role;
  readonly baseUrl: string;
  readonly metricsUrl: string;
  readonly logFile: string;
  readonly process: Guarded;
  readonly hasEnded: () => boolean;
}

/**
 * Starts one process for each name, with free ports and a log file; all are stopped at the end. Ready they are later: see ready.ts.
 * @param roles by the members' names
 */
export async function startMembers(place: Place, settings: Environment, roles: Readonly<Record<string, Role>>): Promise<readonly Member[]> {
  mkdirSync(logFolder(place), { recursive: true });
  const named = Object.entries(roles);
  const ports = await freePorts(named.length * 2);
  const members = await Promise.all(
    named.map(([name, role], at) => {
      const [httpPort, metricsPort] = ports.slice(at * 2) as [number, number];
      return startMember({ name, role, httpPort, metricsPort, logFile: join(logFolder(place), `${name}.log`) }, settings);
    }),
  );
  atEnd(() => stopMembers(members));
  return members;
}

interface Start {
  readonly name: string;
  readonly role: Role;
  readonly httpPort: number;
  readonly metricsPort: number;
  readonly logFile: string;
}

async function startMember({ name, role, httpPort, metricsPort, logFile }: Start, settings: Environment): Promise<Member> {
  const log = openSync(logFile, 'a', 0o600);
  let ended = false;
  // With this process's own node options: `node --cpu-prof` then profiles the service too.
  const child = await spawnGuarded(process.execPath, [...process.execArgv, ...serviceNodeOptions, join(checkout, 'dist/src/main.js')], {
    env: {
      ...settings,
      FLASHSALE_ROLE: role,
      FLASHSALE_HTTP_HOST: '127.0.0.1',
      FLASHSALE_HTTP_PORT: String(httpPort),
      FLASHSALE_METRICS_PORT: String(metricsPort),
    },
    stdout: log,
    stderr: log,
    onExit: () => {
      ended = true;
    },
  }).finally(() => closeSync(log));
  const [baseUrl, metricsUrl] = [`http://127.0.0.1:${httpPort}`, `http://127.0.0.1:${metricsPort}/metrics`];
  return { name, role, baseUrl, metricsUrl, logFile, process: child, hasEnded: () => ended };
}

export const stopMembers = (members: readonly Member[]): Promise<unknown> => Promise.all(members.map((member) => member.process.stop()));

/** @throws Failure with the end of its log when a member that should run does not */
export function assertRunning(members: readonly Member[]): void {
  for (const { name, logFile, hasEnded } of members) {
    if (hasEnded()) throw new Failure(`${name} has ended. The end of ${logFile}:\n${lastLines(readFileSync(logFile, 'utf8'), 20)}`);
  }
}

export function apiOf(members: readonly Member[]): Member {
  const api = members.find(({ role }) => role === 'api');
  if (api === undefined) throw new Error('no API process was started');
  return api;
}

const logFolder = ({ name }: Place): string => join(stateFolder, 'logs', name);

export const forgetLogs = (place: Place): Promise<void> => rm(logFolder(place), { recursive: true, force: true });
