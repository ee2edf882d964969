import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { kafkaJars, kafkaVersion } from './kafka-jars.mjs';
import { kafkaLogging, kafkaSettings } from './kafka-settings.mjs';
import { withFreePorts } from './ports.mjs';
import { findJava } from './programs.mjs';
import { runTool } from './run-tool.mjs';
import { startServerProcess } from './server-process.mjs';

/**
 * One broker that is its own controller (KRaft).
 * @param {import('./servers.mjs').Place} place
 * @returns {Promise<import('./servers.mjs').Server>}
 */
export async function startKafka({ folder, fresh, pidFile }) {
  const java = findJava() ?? 'java';
  const dataFolder = join(folder, 'data');
  if (fresh) rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'log4j2.xml'), kafkaLogging);

  return withFreePorts(2, join(folder, 'ports.json'), async ([port = 0, controllerPort = 0]) => {
    const settings = join(folder, 'server.properties');
    writeFileSync(settings, kafkaSettings({ port, controllerPort, dataFolder }));
    await formatOnce(java, folder, dataFolder, settings);
    const server = await startServerProcess({
      name: 'Kafka',
      command: java,
      args: [...javaOptions(folder), '-Xmx512m', 'kafka.Kafka', settings],
      logFile: join(folder, 'kafka.log'),
      ready: /Kafka Server started/,
      options: { cwd: folder, killAfterMs: 15_000, pidFile },
    });
    return { url: `127.0.0.1:${port}`, how: `Kafka ${kafkaVersion}`, process: server };
  });
}

/**
 * Formatting writes the cluster's id into the data folder. The folder counts only when it is complete.
 * @param {string} java
 * @param {string} folder
 * @param {string} dataFolder
 * @param {string} settings
 */
async function formatOnce(java, folder, dataFolder, settings) {
  const done = join(folder, 'formatted');
  if (existsSync(done) && existsSync(join(dataFolder, 'meta.properties'))) return;
  rmSync(dataFolder, { recursive: true, force: true });
  const clusterId = randomBytes(16).toString('base64url').replace(/^-/, 'x');
  const format = ['kafka.tools.StorageTool', 'format', '--cluster-id', clusterId, '--config', settings];
  await runTool(java, [...javaOptions(folder), '-XX:TieredStopAtLevel=1', ...format], { cwd: folder });
  writeFileSync(done, clusterId);
}

/** @param {string} folder */
function javaOptions(folder) {
  return ['-cp', join(kafkaJars, '*'), `-Dlog4j2.configurationFile=${join(folder, 'log4j2.xml')}`, '-Djava.awt.headless=true'];
}
