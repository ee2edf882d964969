import { ConfigError } from './config/fault.js';
import { loadConfig } from './config.js';
import { systemClock, systemRandom } from './connections/clock.js';
import { portTaken } from './connections/port-taken.js';
import { NotReady } from './connections/startup-check.js';
import { startApi } from './roles/api.js';
import { checkServers } from './roles/check-servers.js';
import { Ending } from './roles/ending.js';
import type { RoleContext } from './roles/role.js';
import { startWriter } from './roles/writer.js';
import { createLog, createPino } from './telemetry/log.js';
import { createMetrics, createRegistry } from './telemetry/metrics.js';
import { serveMetrics } from './telemetry/metrics-server.js';

/** Of sysexits.h. */
const EXIT_SOFTWARE = 70;

await run().catch((error: unknown) => {
  if (error instanceof ConfigError || error instanceof NotReady) {
    process.stderr.write(`${error.message}\n`);
    process.exit(error.exitCode);
  }
  process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
  process.exit(EXIT_SOFTWARE);
});

/** Starts the roles of this process and ends them, in reverse, when it is told to stop or one of them cannot go on. */
async function run(): Promise<void> {
  const config = loadConfig();
  const logger = createPino(config.logLevel);
  const log = createLog(logger);
  await checkServers(config, log);
  const registry = createRegistry();
  const ending = new Ending(config, log);
  const context: RoleContext = {
    config,
    clock: systemClock,
    random: systemRandom,
    log,
    requestLog: logger,
    metrics: createMetrics(registry),
    registry,
    outboxesThread: new URL('./roles/outboxes-thread.js', import.meta.url),
    fail: (error) => {
      log.error('the process cannot go on and ends', { error });
      void ending.begin(EXIT_SOFTWARE);
    },
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => void ending.begin(0));
  process.on('unhandledRejection', (reason) => context.fail(reason instanceof Error ? reason : new Error(String(reason))));

  const { host, port } = config.metrics;
  const metricsServer = await serveMetrics(registry, config.metrics, log).catch((error: NodeJS.ErrnoException) => {
    throw portTaken(error, host, port, 'FLASHSALE_METRICS_PORT');
  });
  log.info('metrics are served', { host, port: metricsServer.port });
  ending.running({ stop: () => metricsServer.close() });
  const writer = config.role === 'api' ? null : await startWriter(context);
  if (writer !== null) ending.running(writer);
  if (config.role !== 'writer') ending.running(await startApi(context, () => writer?.health() ?? []));
}
