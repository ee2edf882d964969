import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { checkout, stateFolder } from '../../infra/local/checkout.mjs';
import { Failure } from '../../infra/local/failure.mjs';
import { freePorts } from '../../infra/local/ports.mjs';
import { type Guarded, spawnGuarded } from '../../infra/local/processes.mjs';
import { lastLines } from '../../infra/local/server-process.mjs';
import { runCli } from '../../infra/local/service-cli.mjs';
import type { OwnPlace } from './own-place.js';

const READY_WITHIN_MS = 30_000;

export interface Service {
  readonly url: string;
  /** An API key with the scopes reserve and admin. */
  readonly apiKey: string;
  stop(): Promise<void>;
}

/**
 * One API process and one writer process of the built program, on a database, topic, group and Redis prefix of their own.
 * @param place where; its database is there already and empty
 * @param environment what every process gets: the caller's own, with the servers' addresses
 */
export async function startService(place: OwnPlace, environment: NodeJS.ProcessEnv): Promise<Service> {
  const settings = {
    ...environment,
    FLASHSALE_DATABASE_URL: place.databaseUrl,
    FLASHSALE_TOPIC: place.topic,
    FLASHSALE_CONSUMER_GROUP: place.consumerGroup,
    FLASHSALE_REDIS_PREFIX: place.redisPrefix,
    // The launcher's broker is one; a cluster named by the caller says what it has.
    FLASHSALE_REPLICATION_FACTOR: environment.FLASHSALE_REPLICATION_FACTOR ?? '1',
    FLASHSALE_MIN_INSYNC_REPLICAS: environment.FLASHSALE_MIN_INSYNC_REPLICAS ?? '1',
  };
  await runCli(['migrate'], settings);
  await runCli(['topics'], settings);
  const apiKey = keyFrom(await runCli(['keys', 'create', '--name', 'k6', '--scope', 'reserve,admin', '--json'], settings));

  const running: Guarded[] = [];
  const stop = async () => {
    await Promise.all(running.map((process) => process.stop()));
  };
  try {
    const [apiPort = 0, apiMetricsPort = 0, writerMetricsPort = 0] = await freePorts(3);
    const writer = await startRole('writer', { ...settings, FLASHSALE_HTTP_PORT: '0', FLASHSALE_METRICS_PORT: String(writerMetricsPort) });
    running.push(writer.process);
    const apiPorts = { FLASHSALE_HTTP_PORT: String(apiPort), FLASHSALE_METRICS_PORT: String(apiMetricsPort) };
    const api = await startRole('api', { ...settings, ...apiPorts });
    running.push(api.process);

    const url = `http://127.0.0.1:${apiPort}`;
    // A writer has no public API; that it decides shows when the script's SKUs come into being, before the first request.
    await Promise.all([untilAnswers(writer, `http://127.0.0.1:${writerMetricsPort}/metrics`), untilAnswers(api, `${url}/readyz`)]);
    return { url, apiKey, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

interface Role {
  readonly name: string;
  readonly process: Guarded;
  readonly logFile: string;
}

async function startRole(name: 'api' | 'writer', settings: NodeJS.ProcessEnv): Promise<Role> {
  const folder = join(stateFolder, 'reports');
  mkdirSync(folder, { recursive: true });
  const logFile = join(folder, `service-${name}.log`);
  const log = openSync(logFile, 'w', 0o600);
  const started = spawnGuarded(process.execPath, ['--enable-source-maps', join(checkout, 'dist/src/main.js')], {
    env: { ...settings, FLASHSALE_ROLE: name },
    stdout: log,
    stderr: log,
  }).finally(() => closeSync(log));
  return { name, process: await started, logFile };
}

async function untilAnswers(role: Role, url: string): Promise<void> {
  let ended = false;
  void role.process.exited.then(() => {
    ended = true;
  });
  const deadline = Date.now() + READY_WITHIN_MS;
  let last = 'no answer';
  while (!ended && Date.now() < deadline) {
    last = await statusOf(url);
    if (last === '200') return;
    await wait(100);
  }
  const why = ended ? 'ended while starting' : `was not ready within ${READY_WITHIN_MS / 1000} s (${url}: ${last})`;
  throw new Failure(`the ${role.name} ${why}. The end of ${role.logFile}:\n${lastLines(readFileSync(role.logFile, 'utf8'), 15)}`);
}

async function statusOf(url: string): Promise<string> {
  try {
    const answer = await fetch(url, { signal: AbortSignal.timeout(2_000) });
    await answer.arrayBuffer();
    return String(answer.status);
  } catch {
    return 'no answer';
  }
}

function keyFrom(stdout: string): string {
  const answer: unknown = JSON.parse(stdout);
  if (typeof answer === 'object' && answer !== null && 'key' in answer && typeof answer.key === 'string') return answer.key;
  throw new Failure('flashsale keys create --json did not print an object with a field `key`');
}
