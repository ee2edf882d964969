import type { Registry } from 'prom-client';
import type { Config } from '../../src/config.js';
import { systemClock, systemRandom } from '../../src/connections/clock.js';
import { startApi } from '../../src/roles/api.js';
import { checkServers } from '../../src/roles/check-servers.js';
import type { RoleContext } from '../../src/roles/role.js';
import { type RunningWriter, startWriter } from '../../src/roles/writer.js';
import { createPino } from '../../src/telemetry/log.js';
import { createMetrics, createRegistry } from '../../src/telemetry/metrics.js';
import { recordingLog } from './log.js';

/** A role in this very process, wired as src/main.ts wires it. */
export interface Running {
  /** Lines of its log so far. */
  readonly log: ReturnType<typeof recordingLog>;
  /** Sum of a metric over the label values given. */
  metric(name: string, labels?: Readonly<Record<string, string>>): Promise<number>;
  /** May be called again. @throws what would have ended a process of its own */
  stop(): Promise<void>;
}

export interface RunningApi extends Running {
  readonly url: string;
}

export interface RunningWriterRole extends Running {
  readonly health: RunningWriter['health'];
}

export async function runApi(config: Config): Promise<RunningApi> {
  const { context, running } = await prepare(config);
  const role = await startApi(context, () => []);
  const ready = context.log.lines.find(({ message }) => message === 'api is ready');
  return { ...running(role.stop), url: `http://127.0.0.1:${ready?.port}` };
}

export async function runWriter(config: Config): Promise<RunningWriterRole> {
  const { context, running } = await prepare(config);
  const role = await startWriter(context);
  return { ...running(role.stop), health: role.health };
}

async function prepare(config: Config) {
  const log = recordingLog();
  await checkServers(config, log);
  const registry = createRegistry();
  let failure: Error | null = null;
  const context = {
    config,
    clock: systemClock,
    random: systemRandom,
    log,
    requestLog: createPino('silent'),
    metrics: createMetrics(registry),
    registry,
    outboxesThread: new URL('../../dist/src/roles/outboxes-thread.js', import.meta.url),
    fail: (error: Error) => {
      failure = error;
    },
  } satisfies RoleContext;
  const running = (end: () => Promise<void>): Running => {
    let stopped: Promise<void> | null = null;
    return {
      log,
      metric: (name, labels) => sumOf(registry, name, labels),
      async stop() {
        stopped ??= end();
        await stopped;
        if (failure !== null) throw failure;
      },
    };
  };
  return { context, running };
}

async function sumOf(registry: Registry, name: string, labels: Readonly<Record<string, string>> = {}): Promise<number> {
  const metric = await registry.getSingleMetric(name)?.get();
  if (metric === undefined) throw new Error(`no metric ${name}`);
  const matching = metric.values.filter((value) =>
    Object.entries(labels).every(([label, wanted]) => String((value.labels as Record<string, unknown>)[label]) === wanted),
  );
  return matching.reduce((sum, { value }) => sum + value, 0);
}
