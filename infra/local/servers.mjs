import { join } from 'node:path';
import { chooseServers, serverNames, urlVariables } from './choose.mjs';
import { startCompose } from './compose.mjs';
import { openInstance } from './instance.mjs';
import { startKafka } from './kafka.mjs';
import { atEnd } from './lifetime.mjs';
import { startPostgres } from './postgres.mjs';
import { startRedis } from './redis.mjs';
import { say, seconds, withoutPassword } from './say.mjs';

/**
 * @typedef {import('./choose.mjs').ServerName} ServerName
 * @typedef {{ folder: string, fresh: boolean, pidFile: string }} Place where a server keeps its things
 * @typedef {{ url: string, how: string, process?: import('./processes.mjs').Guarded }} Server
 *
 * @typedef {object} Servers
 * @property {string} databaseUrl
 * @property {string} kafkaBrokers
 * @property {string} redisUrl
 * @property {string} folder of the instance
 * @property {string[]} describe a line for each server
 * @property {() => Promise<void>} stop
 *
 * @typedef {object} ServersOptions
 * @property {string} instance name of the data folder
 * @property {boolean} [fresh] forget the data of the last run; never touches servers named by the environment
 * @property {boolean} [another] take instance-2 when the instance is in use
 * @property {import('./choose.mjs').Choices} [choices]
 */

/** @type {Record<ServerName, (place: Place) => Promise<Server>>} */
const starts = { postgres: startPostgres, kafka: startKafka, redis: startRedis };

/** @type {Record<ServerName, string>} */
const titles = { postgres: 'PostgreSQL', kafka: 'Kafka', redis: 'Redis' };

/**
 * @param {ServersOptions} options
 * @returns {Promise<Servers>}
 */
export async function startServers({ instance: name, fresh = false, another = false, choices }) {
  const chosen = choices ?? (await chooseServers());
  const started = performance.now();
  const instance = await openInstance(name, { another });
  /** @type {Array<() => Promise<unknown>>} */
  const stops = [];
  let stopped = false;
  const stop = async () => {
    if (stopped) return;
    stopped = true;
    await Promise.all(stops.map((end) => end()));
    instance.release();
  };
  atEnd(stop);

  const inDocker = serverNames.filter((server) => chosen[server].source === 'docker');
  const composed = inDocker.length > 0 ? startCompose({ services: inDocker, instance, fresh, stops }) : undefined;
  const servers = await allOrStop(
    serverNames.map(async (server) => {
      const choice = chosen[server];
      if (choice.source === 'given') return { url: choice.url, how: `named by ${urlVariables[server]}` };
      if (choice.source === 'docker') return { url: (await composed)?.[server] ?? '', how: 'Docker' };
      const place = { folder: join(instance.folder, server), fresh, pidFile: join(instance.pids, server) };
      const running = await starts[server](place);
      stops.push(async () => running.process?.stop());
      if (stopped) await running.process?.stop();
      return running;
    }),
    stop,
  );
  const [postgres, kafka, redis] = /** @type {[Server, Server, Server]} */ (servers);
  const describe = serverNames.map((server, at) => describeServer(server, chosen[server].source, /** @type {Server} */ (servers[at])));
  say(`  ok  servers ready (${seconds(performance.now() - started)}), data in .flashsale/${instance.name}`);
  for (const line of describe) say(`        ${line}`);
  return { databaseUrl: postgres.url, kafkaBrokers: kafka.url, redisUrl: redis.url, folder: instance.folder, describe, stop };
}

/** @param {Servers} servers */
export function urlsOf(servers) {
  return {
    [urlVariables.postgres]: servers.databaseUrl,
    [urlVariables.kafka]: servers.kafkaBrokers,
    [urlVariables.redis]: servers.redisUrl,
  };
}

/**
 * @template T
 * @param {Array<Promise<T>>} starting
 * @param {() => Promise<void>} stop
 */
async function allOrStop(starting, stop) {
  try {
    return await Promise.all(starting);
  } catch (error) {
    // The others are still on their way: what they start must be stopped too.
    const settled = Promise.allSettled(starting);
    await stop();
    await settled;
    throw error;
  }
}

/**
 * @param {ServerName} name
 * @param {import('./choose.mjs').Choice['source']} source
 * @param {Server} server
 */
function describeServer(name, source, server) {
  const how = server.process ? `${server.how}, process ${server.process.pid}` : server.how;
  // The password of a server of ours opens nothing else, and a person needs it to look inside.
  const url = source === 'given' ? withoutPassword(server.url) : server.url;
  return `${titles[name].padEnd(10)}  ${url}  (${how})`;
}
