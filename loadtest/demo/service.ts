import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { checkout, stateFolder } from '../../infra/local/checkout.mjs';
import { Failure } from '../../infra/local/failure.mjs';
import { freePorts } from '../../infra/local/ports.mjs';
import { spawnGuarded } from '../../infra/local/processes.mjs';
import { lastLines } from '../../infra/local/server-process.mjs';
import { runCli } from '../../infra/local/service-cli.mjs';
import type { Targets } from './targets.js';

type Environment = Readonly<Record<string, string | undefined>>;
type Guarded = Awaited<ReturnType<typeof spawnGuarded>>;

/** One process of the service under demonstration. */
export interface Member {
  readonly name: string;
  readonly role: 'api' | 'writer';
  readonly baseUrl: string;
  readonly metricsUrl: string;
  readonly logFile: string;
  readonly process: Guarded;
  readonly hasEnded: () => boolean;
}

/** What every process of this sale is configured with; the rest are the service's defaults. One broker is all a demo has. */
export const serviceEnvironment = (environment: Environment, targets: Targets): Environment => ({
  ...environment,
  FLASHSALE_DATABASE_URL: targets.databaseUrl,
  FLASHSALE_KAFKA_BROKERS: targets.brokers.join(','),
  FLASHSALE_REDIS_URL: targets.redisUrl,
  FLASHSALE_TOPIC: targets.topic,
  FLASHSALE_CONSUMER_GROUP: targets.consumerGroup,
  FLASHSALE_REDIS_PREFIX: targets.redisPrefix,
  FLASHSALE_REPLICATION_FACTOR: '1',
  FLASHSALE_MIN_INSYNC_REPLICAS: '1',
});

/** Tables, topic and a key, by the service's own commands. */
export async function prepare(env: Environment): Promise<{ readonly key: string }> {
  await Promise.all([runCli(['migrate'], env), runCli(['topics'], env)]);
  const output = await runCli(['keys', 'create', '--name', 'demo', '--scope', 'reserve,admin', '--json'], env);
  const { key } = JSON.parse(output) as { key?: unknown };
  if (typeof key !== 'string') throw new Failure(`\`keys create --json\` printed no key:\n${output}`);
  return { key };
}

const logFolder = (suffix: string): string => join(stateFolder, 'demo-logs', suffix);

export const forgetLogs = (suffix: string): Promise<void> => rm(logFolder(suffix), { recursive: true, force: true });

export async function startMembers(env: Environment, suffix: string): Promise<readonly Member[]> {
  const folder = logFolder(suffix);
  mkdirSync(folder, { recursive: true });
  const roles = [
    ['api', 'api'],
    ['writer-1', 'writer'],
    ['writer-2', 'writer'],
  ] as const;
  const ports = await freePorts(roles.length * 2);
  return Promise.all(
    roles.map(async ([name, role], at) => {
      const [httpPort, metricsPort] = ports.slice(at * 2) as [number, number];
      const logFile = join(folder, `${name}.log`);
      const log = openSync(logFile, 'a', 0o600);
      let ended = false;
      const process = await spawnGuarded(globalThis.process.execPath, [join(checkout, 'dist/src/main.js')], {
        env: {
          ...env,
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
      return { name, role, baseUrl, metricsUrl, logFile, process, hasEnded: () => ended };
    }),
  );
}

/** @throws Failure with the end of its log when a member that should run does not */
export function assertRunning(members: readonly Member[]): void {
  for (const { name, logFile, hasEnded } of members) {
    if (hasEnded()) throw new Failure(`${name} has ended. The end of ${logFile}:\n${lastLines(readFileSync(logFile, 'utf8'), 20)}`);
  }
}
